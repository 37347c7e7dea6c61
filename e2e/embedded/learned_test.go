package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/results"
)

// exports writes thirty days of documents up to yesterday, all between nine and ten, of one
// tenant.
func exports(t *testing.T) (dir string) {
	t.Helper()
	aDay := map[string]int{"orders": 8, "shipping": 6, "receiving": 4, "invoicing": 4, "payments": 4, "imports": 3}
	dir = t.TempDir()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for journey, documents := range aDay {
		text := "time,tenant,lines\n"
		for day := today.AddDate(0, 0, -30); day.Before(today); day = day.AddDate(0, 0, 1) {
			for i := range documents {
				text += fmt.Sprintf("%s 09:%02d:00,t1,2\n", day.Format(time.DateOnly), 60*i/documents)
			}
		}
		rig.Write(t, filepath.Join(dir, journey+".csv"), text)
	}
	return dir
}

// From exports of production to load: the script that harness learn writes serves each of its
// journeys, and every write is found.
func TestLearnedWorkload(t *testing.T) {
	rig.LabTest(t)
	state, out := rig.StateDir(t), t.TempDir()
	setup := filepath.Join(out, "setup.yaml")
	rig.Write(t, setup, "name: one\ntenancy: shared\nenvironment: lab\nlab: {kind: embedded, workers: 4}\ntenants: [{name: t1}]\n")
	run := func(args ...string) {
		t.Helper()
		if text, err := rig.Command(t.Context(), t, state, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, text)
		}
	}
	run("learn", "--csv", exports(t), "--out", out, "--setup", setup)
	experiment := filepath.Join(out, "experiment.yaml")
	text, err := os.ReadFile(experiment)
	rig.Must(t, err)
	// The hour in ten minutes becomes one in twelve seconds, at six hundred times its rate.
	short := strings.Replace(string(text), "duration: 600s, scale: 1", "duration: 12s, scale: 600", 1)
	if short == string(text) {
		t.Fatalf("no duration of ten minutes in\n%s", text)
	}
	rig.Write(t, experiment, short)
	run("run", "--report-only", "--results", filepath.Join(out, "runs"), experiment)
	recorded, err := results.Open(filepath.Join(out, "runs", "workload", "latest"))
	rig.Must(t, err)
	for sample, err := range recorded.Trials[0].Samples() {
		rig.Must(t, err)
		if sample.Outcome != results.OK {
			t.Errorf("%s %s: %s %s", sample.Journey, sample.Step, sample.Outcome, sample.Detail)
		}
	}
	// What each journey leaves in the books.
	found := map[results.Op]int{}
	for _, op := range recorded.Trials[0].Audit.Operations {
		found[op.Op] += op.Acknowledged - op.Lost
		if op.Lost > 0 || op.Duplicated > 0 {
			t.Errorf("%+v", op)
		}
	}
	for _, op := range []results.Op{results.OpConfirm, results.OpShip, results.OpReceive, results.OpPost, results.OpPay, results.OpImport} {
		if found[op] == 0 {
			t.Errorf("no write %s was found: %v", op, found)
		}
	}
}
