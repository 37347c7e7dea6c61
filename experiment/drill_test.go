package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadDrills loads an experiment with the sections given, on a setup with the lab given.
func loadDrills(t *testing.T, sections, labKind string) (*Experiment, error) {
	t.Helper()
	dir := t.TempDir()
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Rel(dir, filepath.Join(repository, "scenarios", "steady-day.js"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"setup.yaml": "name: one\ntenancy: shared\nenvironment: lab\nlab: " + labKind + "\ntenants: [{name: t1}]\n",
		"drill.yaml": "name: drill\nhypothesis: it holds\nsetups: [setup.yaml]\ntenants: {t1: abiding}\n" +
			"scenarios: [{name: day, script: " + script + ", duration: 60s}]\n" + sections,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(filepath.Join(dir, "drill.yaml"))
}

func TestDrillsAreRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct{ sections, lab, want string }{
		"no tools of the target's": {"recovery: {backupAt: 10s, breakAt: 20s}\n", "{kind: embedded}", "is no real Odoo lab"},
		"no archive to replay":     {"recovery: {backupAt: 10s, breakAt: 20s, replay: true}\n", "{kind: odoo}", "add archive: true"},
		"a command is missing": {"recovery: {backupAt: 10s, breakAt: 20s, commands: {backup: 'true'}}\n", "{kind: embedded}",
			"commands has no restore"},
		"a store for commands": {"recovery: {backupAt: 10s, breakAt: 20s, store: 's3://b', commands: {backup: 'true', break: 'true', restore: 'true'}}\n",
			"{kind: embedded}", "your own commands"},
		"a store without a bucket": {"recovery: {backupAt: 10s, breakAt: 20s, store: 's3://'}\n", "{kind: odoo}", "names no bucket"},
		"no deploy":                {"changes: [{name: a, at: 10s, strategy: command}]\n", "{kind: embedded}", "commands has no deploy"},
		"commands for ours":        {"changes: [{name: a, at: 10s, strategy: hard-restart, commands: {deploy: 'true'}}]\n", "{kind: odoo}", "strategy command"},
		"twice one name": {"changes: [{name: a, at: 10s, strategy: hard-restart}, {name: a, at: 20s, strategy: hard-restart}]\n",
			"{kind: odoo}", "a is there twice"},
		"a bad release unwatched": {"changes: [{name: a, at: 10s, strategy: bad-release}]\n", "{kind: odoo}", "found by the watch"},
		"a watch beyond the limit": {"changes: [{name: a, at: 10s, strategy: bad-release, watch: {errorShare: 0.1, for: 3m}}]\n",
			"{kind: odoo}", "longer than the limit"},
		"an unknown strategy": {"changes: [{name: a, at: 10s, strategy: pray}]\n", "{kind: odoo}", "pray is not one of"},
	} {
		_, err := loadDrills(t, c.sections, c.lab)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A watch that outlasts the load would find a calm that is nobody's.
func TestWatchEndsBeforeTheLoad(t *testing.T) {
	e, err := loadDrills(t, "changes: [{name: a, at: 50s, strategy: hard-restart, watch: {errorShare: 0.1, for: 15s}}]\n", "{kind: odoo}")
	if err != nil {
		t.Fatal(err)
	}
	f := frame{}
	f.trial.Length, f.trial.Warmup = 60e9, e.Warmup
	if _, err := e.planDrills(e.Setups[0], f); err == nil || !strings.Contains(err.Error(), "does not end before the load") {
		t.Errorf("got %v", err)
	}
}

// The moments of drills become windows, and those that make no sense are refused.
func TestDrillsArePlanned(t *testing.T) {
	e, err := loadDrills(t, "recovery: {backupAt: 20s, breakAt: 40s, rpo: 10s}\nchanges: [{name: roll, at: 30s, strategy: rolling-restart}]\n",
		"{kind: odoo}")
	if err != nil {
		t.Fatal(err)
	}
	f := frame{}
	f.trial.Length, f.trial.Warmup = 60e9, e.Warmup
	planned, err := e.planDrills(e.Setups[0], f)
	if err != nil {
		t.Fatal(err)
	}
	trial := f.trial
	trial.Drills = planned
	var names []string
	for _, w := range e.windows(trial) {
		names = append(names, w.Name)
	}
	want := "warmup baseline drill:recovery drill:roll drill:recovery:restore"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("windows %s, want %s", got, want)
	}
	f.trial.Length = 35e9
	if _, err := e.planDrills(e.Setups[0], f); err == nil || !strings.Contains(err.Error(), "outside the measured part") {
		t.Errorf("a loss after the trial's end: %v", err)
	}
}
