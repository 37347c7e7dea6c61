package embedded

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// stopped is a run that ended before its time: what must hold of every one.
func stopped(t *testing.T, dir, state, reason string) *results.TrialData {
	t.Helper()
	run, err := results.Open(dir)
	rig.Must(t, err)
	if len(run.Trials) != 1 {
		t.Fatalf("%d trials were kept, want 1", len(run.Trials))
	}
	trial := run.Trials[0]
	if trial.State != results.TrialHalted || !strings.Contains(trial.Reason, reason) {
		t.Errorf("trial is %s (%s), want %s (%s)", trial.State, trial.Reason, results.TrialHalted, reason)
	}
	if len(trial.Injections) != 1 || trial.Injections[0].InEffect == nil || trial.Injections[0].Recovered == nil {
		t.Errorf("injections %+v, want one that is proved in effect and recovered", trial.Injections)
	}
	samples := 0
	for _, err := range trial.Samples() {
		rig.Must(t, err)
		samples++
	}
	if samples == 0 {
		t.Error("no sample was kept")
	}
	judged := rig.Judgement(t, dir)
	want := finding.Inconclusive
	if slices.ContainsFunc(judged.Findings, tooSlow) {
		want = finding.Invalid
	}
	if judged.Verdict != want {
		t.Errorf("verdict %s, want %s: %+v", judged.Verdict, want, judged.Findings)
	}
	halted := false
	for _, f := range judged.Findings {
		halted = halted || f.ID == "VAL-005" && f.Verdict == finding.Inconclusive && strings.Contains(strings.Join(f.Because, " "), reason)
	}
	if !halted {
		t.Errorf("no finding VAL-005 names the reason %q: %+v", reason, judged.Findings)
	}
	if labs, err := lab.List(rig.Labs(state)); err != nil || len(labs) != 0 {
		t.Errorf("%d labs are up, %v; want none", len(labs), err)
	}
	return trial
}

// tooSlow reports whether a finding is that the machine was too busy to measure: the load
// generator was late, or nothing was served in a calm window. That is worse than
// inconclusive. That the trial was stopped is none of them.
func tooSlow(f finding.Finding) bool {
	return f.Verdict == finding.Invalid && strings.HasPrefix(f.ID, "VAL-") && f.ID != "VAL-005"
}

// longFault is an experiment whose fault would last half a minute: long enough that a busy
// machine ends the trial before it ends by itself.
func longFault(t *testing.T, lines ...string) (experiment, state string) {
	t.Helper()
	experiment, state = rig.Workspace(t, "30s"), rig.StateDir(t)
	text, err := os.ReadFile(experiment)
	rig.Must(t, err)
	longer := strings.Replace(string(text), "duration: 15s", "duration: 40s", 1)
	if longer == string(text) {
		t.Fatal("the short experiment does not last 15s")
	}
	rig.Write(t, experiment, longer+strings.Join(lines, "\n")+"\n")
	return experiment, state
}

// SIGINT while a fault is in effect: the harness recovers the fault, keeps the run, judges
// it, takes the lab down and exits with 3.
func TestInterruptedRun(t *testing.T) {
	rig.LabTest(t)
	experiment, state := longFault(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	rig.Must(t, cmd.Start())
	dir := filepath.Join(runs, "short", "latest")
	eventually.True(t, 90*time.Second, "the fault is in effect", func() bool {
		run, err := results.Open(dir)
		return err == nil && len(run.Trials) == 1 && len(run.Trials[0].Injections) == 1 &&
			run.Trials[0].Injections[0].InEffect != nil
	})
	client, err := guard.Dial(rig.OneLab(t, state).Guard)
	rig.Must(t, err)
	if active, err := client.Active(t.Context()); err != nil || len(active) != 1 {
		t.Fatalf("active before the signal are %v, %v; want one fault", active, err)
	}
	rig.Must(t, cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != cli.ExitCannotRun {
		t.Errorf("%v, want exit code %d\n%s%s", err, cli.ExitCannotRun, &out, &problems)
	}
	if !strings.Contains(problems.String(), "the run was cut short") || !strings.Contains(out.String(), "report: "+dir[:len(runs)]) {
		t.Errorf("want the reason and the path of the report:\n%s%s", &out, &problems)
	}
	trial := stopped(t, dir, state, "stopped by a person")
	// The fault was to last 30 s.
	if in := trial.Injections[0]; in.InEffect != nil && in.Recovered != nil && (*in.Recovered-*in.InEffect).Duration() >= 30*time.Second {
		t.Errorf("the fault was in effect for %s after a signal", (*in.Recovered - *in.InEffect).Duration())
	}
}

// The halt condition of an experiment ends the trial: the harness recovers the fault, keeps
// the run, judges it and exits with 2.
func TestHaltedRun(t *testing.T) {
	rig.LabTest(t)
	experiment, state := longFault(t, "halt: {errorShare: 0.5, for: 2s}")
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != cli.ExitInconclusive {
		t.Errorf("%v, want exit code %d\n%s", err, cli.ExitInconclusive, out)
	}
	trial := stopped(t, filepath.Join(runs, "short", "latest"), state, "halt condition: at least 50 % of the steps failed for 2s")
	// Steps fail from the request of the fault on, perhaps before it is proved.
	if in := trial.Injections[0]; in.Recovered != nil {
		held := (*in.Recovered - in.Requested).Duration()
		if held < 2*time.Second || held >= 30*time.Second {
			t.Errorf("the fault was there for %s, want at least the 2 s of the condition and less than its own 30 s", held)
		}
	}
}
