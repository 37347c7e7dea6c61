package embedded

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// externalExperiment runs against a setup that the harness did not start.
const externalExperiment = `name: external
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 26s, scale: 5, timeout: 5s}
faults:
  - {name: lock-stock-quant, manifest: ../chaos/catalogue/postgres-lock-stock-quant.yaml, at: 4s, for: 4s}
  - {name: redis-pause, manifest: ../chaos/catalogue/redis-pause.yaml, at: 11s, for: 4s}
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 18s, for: 4s}
warmup: 3s
seed: 3
`

// A target that the harness did not start: faults through its front doors, an audit by
// SQL, and no credential in any file of the run.
func TestExternalSetup(t *testing.T) {
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	target := rig.Staging(t, state)
	file, env := rig.StagingSetup(t, target)
	dir := filepath.Dir(experiment)
	rig.Write(t, experiment, externalExperiment)
	rig.Write(t, filepath.Join(dir, "setup.yaml"), file)
	runs := filepath.Join(dir, "runs")
	perform := func(env []string) (int, string) {
		cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, out := perform(nil); code != cli.ExitCannotRun || !strings.Contains(out, "EXT_PASSWORD") {
		t.Errorf("without credentials: exit code %d, want %d and the name of what is missing:\n%s", code, cli.ExitCannotRun, out)
	}
	wrong := append(append([]string{}, env...), "EXT_PASSWORD=wrong")
	if code, out := perform(wrong); code != cli.ExitCannotRun || !strings.Contains(out, "password") {
		t.Errorf("with a wrong password: exit code %d, want %d and the reason:\n%s", code, cli.ExitCannotRun, out)
	}
	connect := func(env []string) (int, string) {
		cmd := rig.Command(t.Context(), t, state, "plan", "--connect", experiment)
		cmd.Env = append(cmd.Env, env...)
		out, _ := cmd.CombinedOutput() // the exit code is the answer
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, out := connect(env); code != cli.ExitPass || !strings.Contains(out, "external: tenants, databases and the rights of its faults") {
		t.Errorf("plan --connect: exit code %d\n%s", code, out)
	}
	for _, c := range []struct{ variable, value, want string }{
		{"EXT_PASSWORD", "wrong", "password"},
		{"EXT_T1_DSN", strings.Replace(target.Tenants[0].DSN.Reveal(), "/t1", "/t2", 1), "dsn of tenant t1: the DSN leads to database"},
		{"EXT_POSTGRES_DSN", "postgres://nobody@127.0.0.1:1/postgres", "connection refused"},
		{"EXT_REDIS_URL", "redis://127.0.0.1:1", "component redis: connect"},
	} {
		other := append(append([]string{}, env...), c.variable+"="+c.value)
		if code, out := connect(other); code != cli.ExitCannotRun || !strings.Contains(out, c.want) {
			t.Errorf("plan --connect with another %s: exit code %d, want %q in\n%s", c.variable, code, c.want, out)
		}
	}
	code, out := perform(env)
	if code == cli.ExitCannotRun {
		t.Fatalf("it could not run:\n%s", out)
	}
	run, err := results.Open(filepath.Join(runs, "external", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	trial := run.Trials[0]
	if trial.State != results.TrialComplete || len(trial.Injections) != 3 {
		t.Errorf("trial is %s (%s) with %d faults, want a complete one with 3", trial.State, trial.Reason, len(trial.Injections))
	}
	for _, in := range trial.Injections {
		if in.InEffect == nil || in.Recovered == nil {
			t.Errorf("%s: %+v, want it proved in effect and recovered", in.Fault, in)
		}
	}
	if trial.Audit == nil || len(trial.Audit.Operations) == 0 {
		t.Errorf("no audit: %+v", trial.Audit)
	}
	cmd := rig.Command(t.Context(), t, state, "clean", filepath.Join(runs, "external", "latest"), "--setup", filepath.Join(dir, "setup.yaml"))
	cmd.Env = append(cmd.Env, env...)
	cleaned, err := cmd.CombinedOutput()
	for _, want := range []string{"documents removed", "stays: t1: ", "their stock is set to 0", "1 trial of external cleaned in "} {
		if err != nil || !strings.Contains(string(cleaned), want) {
			t.Errorf("clean: %v, want %q in\n%s", err, want, cleaned)
		}
	}
	rig.NoCredentials(t, runs, target)
	if labs, err := lab.List(rig.Labs(state)); err != nil || len(labs) != 1 {
		t.Errorf("%d labs are up after the run, %v; want the target untouched", len(labs), err)
	}
}
