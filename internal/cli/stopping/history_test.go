package stopping

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// earlier is a run whose six trials showed a standard deviation of 10.8 %, 4 % of it within
// them. The mean of ln S^2 over such runs is 0.21 below ln sigma^2, which gives 11.3 %.
func earlier(day int) judged {
	m := results.Manifest{Experiment: "peak", Started: time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC), Host: results.Host{OS: "linux", CPUs: 2},
		Versions: map[string]string{"odoo": "19.0", "harness": fmt.Sprint(day)},
		Setups:   []results.Setup{{Name: "shared", Digest: "abc"}}}
	shown := finding.Shown{N: 6, Within: 0.0016, Spread: math.Sqrt(0.0016 + 0.01)}
	return judged{Manifest: m, Verdict: finding.Pass, Primary: []finding.Primary{
		{ID: "ISO-001", Scope: finding.Scope{Setup: "shared"}, Shown: &shown},
		{ID: "SLO-001", Scope: finding.Scope{Setup: "shared"}, Shown: &shown},
		{ID: "SLO-001", Scope: finding.Scope{Setup: "shared"}, Shown: &shown},
		{ID: "CMP-001", Scope: finding.Scope{Setup: "hybrid"}},
	}}
}

// The prior comes from three or more earlier runs that are alike. Two are not enough, and
// runs of another setup file, machine, version or weakness do not count, nor invalid, later
// or damaged ones.
func TestHistory(t *testing.T) {
	today := earlier(20).Manifest
	for name, c := range map[string]struct {
		change func(i int, j *judged)
		runs   int
	}{
		"alike":           {func(int, *judged) {}, 4},
		"two alike":       {func(i int, j *judged) { j.Manifest.Setups[0].Digest += fmt.Sprint(i / 2) }, 0},
		"another setup":   {func(_ int, j *judged) { j.Manifest.Setups[0].Digest = "abd" }, 0},
		"no digest":       {func(_ int, j *judged) { j.Manifest.Setups[0].Digest = "" }, 0},
		"another version": {func(_ int, j *judged) { j.Manifest.Versions["odoo"] = "18.0" }, 0},
		"a version more":  {func(_ int, j *judged) { j.Manifest.Versions["redis"] = "8.0" }, 4},
		"another machine": {func(_ int, j *judged) { j.Manifest.Host.CPUs = 64 }, 0},
		"a weakness":      {func(_ int, j *judged) { j.Manifest.Setups[0].Weaknesses = []string{"no-retry"} }, 0},
		"one invalid": {func(i int, j *judged) {
			j.Verdict = map[bool]finding.Verdict{true: finding.Invalid, false: finding.Fail}[i == 0]
		}, 3},
		"later":            {func(_ int, j *judged) { j.Manifest.Started = j.Manifest.Started.AddDate(0, 1, 0) }, 0},
		"one trial":        {func(_ int, j *judged) { j.Primary[0].Shown.N, j.Primary[0].Shown.Spread = 1, 0 }, 0},
		"without estimate": {func(_ int, j *judged) { j.Primary[0].Shown = nil }, 0},
	} {
		root := t.TempDir()
		for i := range 4 {
			run := earlier(10 + i)
			c.change(i, &run)
			writeJudged(t, filepath.Join(root, "peak", fmt.Sprint(10+i)), run)
		}
		if err := os.Symlink("13", filepath.Join(root, "peak", "latest")); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(root, "peak", "14"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "peak", "14", "findings.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		priors, err := History(root, today)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.runs == 0 && len(priors) == 0:
		case c.runs == 0 || len(priors) != 1:
			t.Errorf("%s: %+v, want a prior from %d runs", name, priors, c.runs)
		case priors[0].Question != "ISO-001 shared" || priors[0].Runs != c.runs || math.Abs(priors[0].Tau-0.1129) > 1e-4 || priors[0].DF != 20 || math.Abs(priors[0].Within-0.0016) > 1e-12:
			t.Errorf("%s: %+v, want 11.3 %% from %d runs", name, priors[0], c.runs)
		}
	}
	if priors, err := History(t.TempDir(), today); err != nil || len(priors) != 0 {
		t.Errorf("an empty folder: %v, %v", priors, err)
	}
}

func writeJudged(t *testing.T, dir string, j judged) {
	t.Helper()
	raw, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "findings.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
