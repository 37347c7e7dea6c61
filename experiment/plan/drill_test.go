package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/spec"
)

// withDrills loads an experiment of 60 s with the sections given, on a real Odoo lab.
func withDrills(t *testing.T, sections string) *spec.Experiment {
	t.Helper()
	dir := t.TempDir()
	script, err := filepath.Abs("../../scenarios/steady-day.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"setup.yaml": "name: one\ntenancy: shared\nenvironment: lab\nlab: {kind: odoo}\ntenants: [{name: t1}]\n",
		"drill.yaml": "name: drill\nhypothesis: it holds\nsetups: [setup.yaml]\ntenants: {t1: abiding}\n" +
			"scenarios: [{name: day, script: " + script + ", duration: 60s}]\n" + sections,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := spec.Load(filepath.Join(dir, "drill.yaml"), manifest.Parse)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A watch that outlasts the load would find a calm that is nobody's.
func TestWatchEndsBeforeTheLoad(t *testing.T) {
	e := withDrills(t, "changes: [{name: a, at: 50s, strategy: hard-restart, watch: {errorShare: 0.1, for: 15s}}]\n")
	f := timeline{}
	f.trial.Length, f.trial.Warmup = 60e9, e.Warmup
	if _, err := planDrills(e, e.Setups[0], f); err == nil || !strings.Contains(err.Error(), "does not end before the load") {
		t.Errorf("got %v", err)
	}
}

// The moments of drills become windows, and those that make no sense are refused.
func TestDrillsArePlanned(t *testing.T) {
	e := withDrills(t, "recovery: {backupAt: 20s, breakAt: 40s, rpo: 10s}\nchanges: [{name: roll, at: 30s, strategy: rolling-restart}]\n")
	f := timeline{}
	f.trial.Length, f.trial.Warmup = 60e9, e.Warmup
	planned, err := planDrills(e, e.Setups[0], f)
	if err != nil {
		t.Fatal(err)
	}
	trial := f.trial
	trial.Drills = planned
	trial.cut(e)
	var names []string
	for _, w := range trial.Windows {
		names = append(names, w.Name)
	}
	want := "warmup baseline drill:recovery drill:roll drill:recovery:restore"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("windows %s, want %s", got, want)
	}
	f.trial.Length = 35e9
	if _, err := planDrills(e, e.Setups[0], f); err == nil || !strings.Contains(err.Error(), "outside the measured part") {
		t.Errorf("a loss after the trial's end: %v", err)
	}
}
