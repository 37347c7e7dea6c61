package cli

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/internal/cli/forecast"
	"example.org/odooharness/results"
)

// Every format that report advertises renders, and what programs read is well formed.
func TestEveryFormatRenders(t *testing.T) {
	run := filepath.Join("..", "..", "results", "examples", "embedded-weakness")
	check := map[string]func(text string) error{
		"terminal": contains("FAIL"),
		"html":     contains("</html>"),
		"md":       contains("| "),
		"json":     func(text string) error { return json.Unmarshal([]byte(text), new(map[string]any)) },
		"junit":    func(text string) error { return xml.Unmarshal([]byte(text), new(struct{})) },
		"csv": func(text string) error {
			_, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			return err
		},
		"hgrm": contains("#[Max"),
	}
	for _, name := range formatNames() {
		args := []string{"report", run, "--format", name}
		if name == "hgrm" {
			args = append(args, "--window", "baseline")
		}
		code, out, problems := perform(t, args...)
		if code != ExitPass || out == "" {
			t.Errorf("%s: exit code %d: %s", name, code, problems)
			continue
		}
		well, known := check[name]
		if !known {
			t.Errorf("%s: nothing checks this format", name)
			continue
		}
		if err := well(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func contains(part string) func(string) error {
	return func(text string) error {
		if !strings.Contains(text, part) {
			return fmt.Errorf("no %q in it", part)
		}
		return nil
	}
}

// A run is judged again from a copy: the exit code is the verdict's, and every report
// with a file is written, readable and not empty.
func TestAnalyzeWritesEveryReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "results", "examples", "embedded-weakness"))); err != nil {
		t.Fatal(err)
	}
	code, out, problems := perform(t, "analyze", dir)
	if code != ExitFail || !strings.Contains(out, "report: "+filepath.Join(dir, "report.html")) {
		t.Errorf("exit code %d, want %d; printed:\n%s%s", code, ExitFail, out, problems)
	}
	for _, f := range formats() {
		if info, err := os.Stat(filepath.Join(dir, f.file)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", f.file, err)
		}
	}
	if _, err := results.Open(dir); err != nil {
		t.Errorf("the run cannot be opened again: %v", err)
	}
	code, out, _ = perform(t, "analyze", "--json", dir)
	var judged struct{ Verdict string }
	if err := json.Unmarshal([]byte(out), &judged); err != nil || judged.Verdict != "fail" || code != ExitFail {
		t.Errorf("analyze --json: verdict %q, exit code %d, %v", judged.Verdict, code, err)
	}
}

func TestSelfCheck(t *testing.T) {
	code, out, problems := perform(t, "analyze", "--self-check", "--seed", "7")
	if code != ExitPass || !strings.HasPrefix(out, "PASS ") {
		t.Errorf("exit code %d: %s%s", code, out, problems)
	}
}

// plan --json has what the table has: the figures of the forecast are those of
// testdata/plan-detect.golden.
func TestPlanJSON(t *testing.T) {
	code, out, problems := perform(t, "plan", "--json", "--detect", "1.2", filepath.Join("..", "..", "examples", "first-look.yaml"))
	var plan struct {
		Trials   []struct{ Setup string }
		Forecast forecast.Printed
	}
	if err := json.Unmarshal([]byte(out), &plan); err != nil || code != ExitPass {
		t.Fatalf("exit code %d, %v: %s", code, err, problems)
	}
	if len(plan.Trials) != 2 || plan.Trials[0].Setup != "multi-tenant" || plan.Trials[1].Setup != "dedicated" {
		t.Errorf("trials %+v", plan.Trials)
	}
	slowdown := func(setup string) forecast.PrintedQuestion {
		return forecast.PrintedQuestion{ID: "ISO-001", Setup: setup, Unit: "ratio", Limit: 2, Arrivals: 413, Percentile: 0.5, Vary: 0.15,
			Question: "Does a neighbour slow any abiding tenant of " + setup + " down by more than 2×?",
			Finds:    []forecast.Found{{Chance: 0.8, Below: 0.96, Above: 4.17}, {Chance: 0.95, Below: 0.79, Above: 5.07}},
			Detect:   &forecast.Planned{Ratio: 1.2, Chance: 0.46, Replicates: 1, Seconds: 158, AtMost: 3, MoreLoad: 8.95}}
	}
	kept := func(setup string) forecast.PrintedQuestion {
		return forecast.PrintedQuestion{ID: "SLO-001", Setup: setup, Unit: "share", Limit: 0.9, Arrivals: 546, Vary: 0.4,
			Question: "Does " + setup + " keep the objective dispatch?",
			Finds:    []forecast.Found{{Chance: 0.8, Below: 0.639, Above: 0.979}, {Chance: 0.95, Below: 0.548, Above: 0.985}}}
	}
	between := forecast.PrintedQuestion{ID: "CMP-002", Setup: "dedicated", Unit: "ratio", Limit: 1, Arrivals: 427, Percentile: 0.5, Vary: 0.15,
		Question: "Does dedicated serve abiding tenants slower or faster than multi-tenant under a neighbour?",
		Finds:    []forecast.Found{{Chance: 0.8, Below: 1 / 2.17, Above: 2.17}, {Chance: 0.95, Below: 1 / 2.63, Above: 2.63}},
		Detect:   &forecast.Planned{Ratio: 1.2, Chance: 0.04, Replicates: 1, Seconds: 158, AtMost: 16}}
	want := forecast.Printed{AtMost: 1, Level: 0.95, Seconds: 158, Questions: []forecast.PrintedQuestion{
		slowdown("multi-tenant"), kept("multi-tenant"), slowdown("dedicated"), between, kept("dedicated")}}
	if diff := cmp.Diff(want, plan.Forecast, cmpopts.EquateApprox(0.01, 0.006)); diff != "" {
		t.Errorf("forecast (-want +got):\n%s", diff)
	}
}
