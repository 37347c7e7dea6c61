package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name, or rewrites it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// fixtures are the judgements that every renderer has to survive.
func fixtures() map[string]*analyzer.Judgement {
	rich := fixture()
	oneTrial := fixture()
	oneTrial.Manifest.Setups = oneTrial.Manifest.Setups[:1]
	oneTrial.Trials, oneTrial.Compared = oneTrial.Trials[:1], nil
	keep := oneTrial.Windows[:0]
	for _, row := range oneTrial.Windows {
		if row.Setup == "multi-tenant" {
			keep = append(keep, row)
		}
	}
	oneTrial.Windows = keep
	oneTrial.Isolation, oneTrial.Objectives = oneTrial.Isolation[:4], oneTrial.Objectives[:1]
	oneTrial.Recoveries, oneTrial.Throughput = oneTrial.Recoveries[:3], oneTrial.Throughput[:4]

	invalid := fixture()
	invalid.Verdict, invalid.Reason = finding.Invalid, "VAL-001: the generator was the bottleneck."
	for i := range invalid.Windows {
		none := refused(0, 72, "s")
		invalid.Windows[i].Latency = latency.Percentiles{P50: none, P90: none, P95: none, P99: none}
		invalid.Windows[i].Good, invalid.Windows[i].Outcomes = 0, nil
	}
	for i := range invalid.Trials {
		invalid.Trials[i].Trial.State, invalid.Trials[i].Trial.Audit = results.TrialFailed, nil
		invalid.Trials[i].Curves, invalid.Trials[i].Spectrum = nil, nil
	}
	return map[string]*analyzer.Judgement{
		"rich": rich, "one-trial": oneTrial, "all-invalid": invalid,
		"empty": {Schema: 1, Verdict: finding.Invalid, Reason: "No trial was recorded.",
			Manifest: results.Manifest{Experiment: "empty"}},
	}
}

func TestTerminal(t *testing.T) {
	for name, j := range fixtures() {
		var b bytes.Buffer
		if err := Terminal(&b, j, false); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".terminal.txt", b.Bytes())
		for _, line := range strings.Split(b.String(), "\n") {
			if n := text.StringWidthWithoutEscSequences(line); n > terminalWidth {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
		}
	}
}

// Colour must add nothing: without its escape sequences the text is the same.
func TestTerminalColorSaysNothingNew(t *testing.T) {
	var plain, colored bytes.Buffer
	if err := Terminal(&plain, fixture(), false); err != nil {
		t.Fatal(err)
	}
	if err := Terminal(&colored, fixture(), true); err != nil {
		t.Fatal(err)
	}
	if plain.String() == colored.String() {
		t.Error("no colour with color=true")
	}
	if diff := cmp.Diff(plain.String(), text.StripEscape(colored.String())); diff != "" {
		t.Errorf("text differs without colour (-plain +colored):\n%s", diff)
	}
}

// A run of many tenants has hundreds of findings. The terminal and the comment stay short
// and give the number that they left out.
func TestManyFindingsAreCut(t *testing.T) {
	j := fixture()
	for range 100 {
		j.Findings = append(j.Findings, j.Findings[2])
	}
	for name, render := range map[string]func(io.Writer, *analyzer.Judgement) error{
		"terminal": func(w io.Writer, j *analyzer.Judgement) error { return Terminal(w, j, false) },
		"markdown": Markdown,
		"html":     HTML,
	} {
		var b bytes.Buffer
		if err := render(&b, j); err != nil {
			t.Fatal(err)
		}
		left := map[string]string{"terminal": "and 95 more", "markdown": "and 85 more", "html": "and 75 more"}[name]
		if !strings.Contains(b.String(), left) {
			t.Errorf("%s does not say %q", name, left)
		}
	}
}
