package embedded

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
		cmd.Dir = elsewhere(t)
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

// elsewhere is a folder as on another machine. PostgreSQL's user can pass through it.
func elsewhere(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
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
