package embedded

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// These tests run whole experiments on the embedded target: real PostgreSQL, real
// Redis, real processes.

func TestRunToJudgedReport(t *testing.T) {
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	out, err := rig.Command(t.Context(), t, state, "run", "--report-only", "--results", runs, experiment).CombinedOutput()
	if err != nil { // with --report-only every verdict exits with 0
		t.Fatalf("%v\n%s", err, out)
	}
	dir := filepath.Join(runs, "short", "latest")
	for _, name := range []string{"findings.json", "report.html", "report.md", "junit.xml", "windows.csv"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	trial := run.Trials[0]
	if trial.State != results.TrialComplete {
		t.Errorf("trial is %s: %s", trial.State, trial.Reason)
	}
	if len(trial.Injections) != 1 || trial.Injections[0].InEffect == nil || trial.Injections[0].Recovered == nil {
		t.Errorf("injections %+v, want one proved in effect and recovered", trial.Injections)
	}
	outcomes := map[results.Outcome]int{}
	for s, err := range trial.Samples() {
		if err != nil {
			t.Fatal(err)
		}
		outcomes[s.Outcome]++
	}
	// Some hundred on an idle machine; on a busy one the ingress is down for longer.
	if outcomes[results.OK] < 20 {
		t.Errorf("outcomes %v, want at least 20 good steps", outcomes)
	}
	if bad := outcomes[results.Refused] + outcomes[results.Reset] + outcomes[results.Timeout]; bad == 0 {
		t.Errorf("outcomes %v: no client noticed that the ingress was down", outcomes)
	}
	if trial.Audit == nil || len(trial.Audit.Operations) == 0 {
		t.Errorf("no audit: %+v", trial.Audit)
	}
	if !bytes.Contains(out, []byte("report: "+runs)) {
		t.Errorf("the path of the report is not printed:\n%s", out)
	}
	if !bytes.Contains(out, []byte("embedded target")) {
		t.Errorf("the report does not state that its figures describe the embedded target:\n%s", out)
	}
}

// A harness that is killed during a fault leaves no fault ten seconds later. What it
// recorded can be judged.
func TestKilledHarnessLeavesNoFault(t *testing.T) {
	rig.LabTest(t)
	experiment, state := longFault(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(runs, "short", "latest")
	inEffect := func() bool {
		run, err := results.Open(dir)
		return err == nil && len(run.Trials) == 1 && len(run.Trials[0].Injections) == 1 &&
			run.Trials[0].Injections[0].InEffect != nil
	}
	eventually.True(t, 90*time.Second, "the fault is in effect", inEffect)

	client, err := guard.Dial(rig.OneLab(t, state).Guard)
	if err != nil {
		t.Fatal(err)
	}
	active := func() int {
		faults, err := client.Active(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(faults)
	}
	if active() != 1 {
		t.Fatalf("%d faults are active before the kill, want 1", active())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	eventually.True(t, 10*time.Second, "the fault is reverted", func() bool { return active() == 0 })
	t.Logf("no fault left %s after kill -9", time.Since(killed).Round(10*time.Millisecond))
	cmd.Wait() // it was killed

	judged := rig.Command(t.Context(), t, state, "analyze", dir)
	report, err := judged.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != cli.ExitInconclusive {
		t.Errorf("analyze of a killed run: %v, want exit code %d\n%s", err, cli.ExitInconclusive, report)
	}
	judgement := rig.Judgement(t, dir)
	if judgement.Verdict == finding.Pass || judgement.Verdict == finding.Fail || len(judgement.Windows) == 0 {
		t.Errorf("verdict %s with %d window rows, want what was recorded and no conclusion", judgement.Verdict, len(judgement.Windows))
	}
	swept, err := rig.Command(t.Context(), t, state, "doctor", "--sweep").CombinedOutput()
	if err != nil || !bytes.Contains(swept, []byte("1 leftover removed")) {
		t.Errorf("doctor --sweep: %v, want the lab of the killed run removed\n%s", err, swept)
	}
}
