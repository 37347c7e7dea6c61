package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
)

// loadDrills loads an experiment with the sections given, on a setup with the lab given.
func loadDrills(t *testing.T, sections, labKind string) (*Experiment, error) {
	t.Helper()
	dir := t.TempDir()
	repository, err := filepath.Abs("../..")
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
	return Load(filepath.Join(dir, "drill.yaml"), manifest.Parse)
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
