package rig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/results"
)

// Killed is a run whose harness was killed, with its results in object storage.
type Killed struct {
	At      time.Time
	Here    *results.Run // the folder that the harness has left
	Fetched *results.Run // what it has sent
	Judged  string       // what analyze prints of the fetched run
}

// KillStored runs the short experiment with its results in object storage, and kills the harness
// once its only trial has a fault in effect and is ready. It then judges the run from the store:
// as inconclusive.
func KillStored(t *testing.T, experiment, state string, ready func(*results.TrialData) bool) (k Killed) {
	t.Helper()
	_, env := objectstore.Serve(t, "runs")
	here := Elsewhere(t)
	cmd := Command(t.Context(), t, state, "run", "--results", "s3://runs/team", experiment)
	cmd.Dir, cmd.Env = here, append(append(cmd.Env, env...), "TMPDIR="+here)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	Must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it is, unless the test has failed before
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	local := filepath.Join(here, "harness-runs-*", "short", "2*")
	eventually.True(t, 2*time.Minute, "the fault is in effect, and the load goes on", func() bool {
		run, err := openOnly(local)
		return err == nil && len(run.Trials) == 1 && len(run.Trials[0].Injections) == 1 &&
			run.Trials[0].Injections[0].InEffect != nil && ready(run.Trials[0])
	})
	Must(t, cmd.Process.Kill())
	k.At = time.Now()
	_ = cmd.Wait() // killed

	analyze := Command(t.Context(), t, state, "analyze", "s3://runs/team/short/latest")
	analyze.Dir, analyze.Env = Elsewhere(t), append(analyze.Env, env...)
	judged, err := analyze.CombinedOutput()
	if code := analyze.ProcessState.ExitCode(); code != cli.ExitInconclusive {
		t.Errorf("analyze: exit code %d, %v\n%s", code, err, judged)
	}
	k.Judged = string(judged)
	k.Fetched, err = openOnly(filepath.Join(analyze.Dir, "results", "runs", "short", "2*"))
	Must(t, err)
	k.Here, err = openOnly(local)
	Must(t, err)
	return k
}

// openOnly opens the only run that matches a pattern.
func openOnly(pattern string) (*results.Run, error) {
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("%d runs match %s: %w", len(found), pattern, err)
	}
	return results.Open(found[0])
}

// Elsewhere is a folder as on another machine. PostgreSQL's user can pass through it.
func Elsewhere(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "elsewhere")
	Must(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	Must(t, os.Chmod(dir, 0o755))
	return dir
}
