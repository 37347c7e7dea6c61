package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/internal/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// These tests run whole experiments on the embedded target: real PostgreSQL, real
// Redis, real processes.

// shortExperiment is a trial of a quarter of a minute with one fault at the ingress.
const shortExperiment = `name: short
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 15s, scale: 5, timeout: 5s}
faults:
  - {name: ingress-down, manifest: ../chaos/catalogue/ingress-failure.yaml, at: 5s, for: FOR}
warmup: 3s
seed: 3
`

const shortSetup = `name: short
tenancy: shared
environment: lab
lab: {kind: embedded, workers: 4}
tenants: [{name: t1}, {name: t2}]
`

// workspace lays the repository's scenarios and faults out beside a short
// experiment, with a state folder of its own.
func workspace(t *testing.T, forDuration string) (experiment string) {
	t.Helper()
	dir := t.TempDir()
	if err := layOut(dir); err != nil {
		t.Fatal(err)
	}
	experiment = filepath.Join(dir, "examples", "short.yaml")
	for path, content := range map[string]string{
		experiment: strings.ReplaceAll(shortExperiment, "FOR", forDuration),
		filepath.Join(dir, "examples", "setup.yaml"): shortSetup,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return experiment
}

// harness is a command of this binary in the folder of an experiment. Labs live in
// a short path: a Unix socket's has at most 108 bytes.
func harness(ctx context.Context, t *testing.T, state string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	return cmd
}

func stateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		labs := filepath.Join(dir, "odoo-harness", "labs")
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		up, err := lab.List(labs)
		if err != nil {
			t.Error(err)
		}
		for _, l := range up {
			if err := lab.Down(ctx, labs, l.Spec.Name); err != nil {
				t.Error(err)
			}
		}
		if _, err := lab.Sweep(labs); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// labOf brings a lab up, which ends with the clean-up of [stateDir].
func labOf(t *testing.T, state, kind string, tenants int) lab.Status {
	t.Helper()
	up := harness(t.Context(), t, state, "lab", "up", "--kind", kind, "--tenants", strconv.Itoa(tenants), "--workers", "4")
	if out, err := up.CombinedOutput(); err != nil {
		t.Fatalf("lab up: %v\n%s", err, out)
	}
	labs, err := lab.List(filepath.Join(state, "odoo-harness", "labs"))
	if err != nil || len(labs) != 1 {
		t.Fatalf("%d labs are up, %v; want one", len(labs), err)
	}
	return labs[0]
}

// besideOthers is for tests that bring labs up and mostly wait for them.
func besideOthers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("brings a lab up")
	}
	t.Parallel()
}

func TestRunToJudgedReport(t *testing.T) {
	besideOthers(t)
	experiment, state := workspace(t, "3s"), stateDir(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := harness(t.Context(), t, state, "run", "--results", runs, experiment)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == exitCannotRun) {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := filepath.Join(runs, "short", "latest")
	for name := range formats() {
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
		t.Errorf("injections %+v, want one shown in effect and shown gone", trial.Injections)
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
		t.Errorf("outcomes %v: nobody noticed that the ingress was down", outcomes)
	}
	if trial.Audit == nil || len(trial.Audit.Operations) == 0 {
		t.Errorf("no audit: %+v", trial.Audit)
	}
	if !bytes.Contains(out, []byte("report: "+runs)) {
		t.Errorf("it is not said where the report is:\n%s", out)
	}
	if !bytes.Contains(out, []byte("stand-in")) {
		t.Errorf("the report does not say that its figures describe the stand-in:\n%s", out)
	}
}

// A harness that is killed in the middle of a fault leaves none of it ten seconds
// later, and what was recorded can be judged.
func TestKilledHarnessLeavesNoFault(t *testing.T) {
	besideOthers(t)
	experiment, state := workspace(t, "9s"), stateDir(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := harness(t.Context(), t, state, "run", "--results", runs, experiment)
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
	eventually.True(t, 90*time.Second, "the fault to be in effect", inEffect)

	labs, err := lab.List(filepath.Join(state, "odoo-harness", "labs"))
	if err != nil || len(labs) != 1 {
		t.Fatalf("%d labs are up, %v; want one", len(labs), err)
	}
	client, err := guard.Dial(labs[0].Guard)
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
	eventually.True(t, 10*time.Second, "the fault to be taken back", func() bool { return active() == 0 })
	t.Logf("no fault left %s after kill -9", time.Since(killed).Round(10*time.Millisecond))
	cmd.Wait() //nolint:errcheck,gosec // it was killed

	judged := harness(t.Context(), t, state, "analyze", dir)
	report, err := judged.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInconclusive {
		t.Errorf("analyze of a killed run: %v, want exit code %d\n%s", err, exitInconclusive, report)
	}
	data, err := os.ReadFile(filepath.Join(dir, "findings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var judgement analyzer.Judgement
	if err := json.Unmarshal(data, &judgement); err != nil {
		t.Fatal(err)
	}
	if judgement.Verdict == analyzer.Pass || judgement.Verdict == analyzer.Fail || len(judgement.Windows) == 0 {
		t.Errorf("verdict %s with %d window rows, want what was recorded and no conclusion", judgement.Verdict, len(judgement.Windows))
	}
	swept, err := harness(t.Context(), t, state, "doctor", "--sweep").CombinedOutput()
	if err != nil || !bytes.Contains(swept, []byte("1 leftovers removed")) {
		t.Errorf("doctor --sweep: %v, want the lab of the killed run removed\n%s", err, swept)
	}
}
