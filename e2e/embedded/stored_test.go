package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/results"
)

// A run whose results go to object storage is made, judged and uploaded. Another machine
// reports it and judges it again.
func TestResultsInObjectStorage(t *testing.T) {
	rig.LabTest(t)
	_, env := objectstore.Serve(t, "runs")
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	command := func(args ...string) (string, int) {
		t.Helper()
		cmd := rig.Command(t.Context(), t, state, args...)
		cmd.Dir = rig.Elsewhere(t)
		cmd.Env = append(append(cmd.Env, env...), "TMPDIR="+cmd.Dir)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(filepath.Join(cmd.Dir, "harness-runs-*")); err != nil || len(left) > 0 {
			t.Errorf("%v left %v, %v", args, left, err)
		}
		if fetched := filepath.Join(cmd.Dir, "results", "runs", "short"); args[0] == "analyze" {
			analyzedThere(t, fetched)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := command("run", "--results", "s3://not-there/x", experiment); code != cli.ExitCannotRun || !strings.Contains(out, "no bucket") {
		t.Errorf("a bucket that is not there: exit code %d\n%s", code, out)
	}
	out, code := command("run", "--results", "s3://runs/team", experiment)
	if code == cli.ExitCannotRun || !strings.Contains(out, "results: s3://runs/team/short/") || strings.Contains(out, "report: ") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	report, _ := command("report", "s3://runs/team/short/latest", "--format", "md")
	if !strings.Contains(report, "short") || !strings.Contains(report, "ingress-down") {
		t.Errorf("the report is:\n%s", report)
	}
	if again, got := command("analyze", "s3://runs/team/short/latest"); got != code || !strings.Contains(again, "report: ") {
		t.Errorf("judged again: exit code %d, want %d as the run's own\n%s", got, code, again)
	}
}

// The harness is killed in the middle of a trial. What it has sent is judged from the store: as
// interrupted, and with all rows but those of its last two seconds.
func TestObjectStorageHasTheRunOfAKilledHarness(t *testing.T) {
	rig.LabTest(t)
	experiment, state := longFault(t)
	const mayBeLost = 2 * time.Second
	k := rig.KillStored(t, experiment, state, func(trial *results.TrialData) bool {
		at := slices.Sorted(maps.Values(ended(t, trial)))
		return len(at) > 0 && at[len(at)-1]-at[0] > 4*mayBeLost // more than may be lost has to be in the store
	})
	if !strings.Contains(k.Judged, "VAL-005") {
		t.Errorf("analyze lacks VAL-005:\n%s", k.Judged)
	}
	trial, whole := k.Fetched.Trials[0], k.Here.Trials[0]
	if trial.State != results.TrialRunning || len(trial.Injections) != 1 || trial.Injections[0].InEffect == nil {
		t.Errorf("fetched trial is %s with %+v, want a running one with its fault in effect", trial.State, trial.Injections)
	}
	kept := ended(t, whole)
	there, lost, latest := map[string]bool{}, 0, time.Duration(0)
	for row := range ended(t, trial) {
		there[row] = true
	}
	for row, at := range kept {
		before := k.At.Sub(whole.Base.Add(at))
		if !there[row] && before > 0 {
			lost, latest = lost+1, max(latest, before)
		}
	}
	t.Logf("%d rows in the store, %d lost, the oldest of them %s before the kill", len(there), lost, latest.Round(time.Millisecond))
	if len(there) == 0 || latest > mayBeLost {
		t.Errorf("a row of %s before the kill is lost; want %s at most", latest, mayBeLost)
	}
	for row := range there {
		if _, known := kept[row]; !known {
			t.Fatalf("the store has the row %s, and the folder does not", row)
		}
	}
}

// ended are the rows of samples, and when each ended.
func ended(t *testing.T, trial *results.TrialData) map[string]time.Duration {
	t.Helper()
	all := map[string]time.Duration{}
	for s, err := range trial.Samples() {
		if errors.Is(err, fs.ErrNotExist) { // it was joined at the same time
			return all
		}
		rig.Must(t, err)
		all[fmt.Sprintf("%s %s %d %s %d", s.Tenant, s.Journey, s.Iteration, s.Step, s.Started)] = s.Ended.Duration()
	}
	return all
}

func analyzedThere(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("fetched %v, %v", entries, err)
	}
	run, err := results.Open(filepath.Join(dir, entries[0].Name()))
	if err != nil || len(run.Trials) != 1 || run.Trials[0].State != results.TrialComplete {
		t.Errorf("fetched %+v, %v", run, err)
	}
}
