package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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

// staging is a target that somebody else runs: a lab in whose life the experiment has
// no part.
func staging(t *testing.T, state string) lab.Status {
	t.Helper()
	return labOf(t, state, "embedded", 2)
}

// stagingSetup is a setup file as a person would write it for a target, and the
// environment that holds its credentials.
func stagingSetup(t *testing.T, target lab.Status) (file string, env []string) {
	t.Helper()
	proxy := freeAddress(t)
	var b strings.Builder
	fmt.Fprintf(&b, "name: external\ntenancy: shared\nenvironment: staging\ntenants:\n")
	tenants, env := tenantLines(target, proxy)
	b.WriteString(tenants)
	b.WriteString("components:\n")
	for _, c := range target.Components {
		labels := fmt.Sprintf("labels: {app.kubernetes.io/name: %s, app.kubernetes.io/part-of: odoo-lab}", c.Labels["app.kubernetes.io/name"])
		switch c.Kind {
		case "postgres":
			fmt.Fprintf(&b, "  - {name: postgres, kind: postgres, %s, dsnEnv: EXT_POSTGRES_DSN}\n", labels)
			env = append(env, "EXT_POSTGRES_DSN="+c.DSN)
		case "redis":
			fmt.Fprintf(&b, "  - {name: redis, kind: redis, %s, urlEnv: EXT_REDIS_URL}\n", labels)
			env = append(env, "EXT_REDIS_URL="+c.URL)
		case "ingress":
			fmt.Fprintf(&b, "  - {name: ingress, kind: ingress, %s, proxy: {listen: %q, upstream: %q}}\n", labels, proxy, c.Address)
		}
	}
	b.WriteString("chaos: {driver: local, allow: [postgres, redis, ingress]}\n")
	return b.String(), env
}

// tenantLines are a target's tenants in a setup file, reached at an address, and the
// environment that holds their credentials.
func tenantLines(target lab.Status, address string) (lines string, env []string) {
	var b strings.Builder
	for _, a := range target.Tenants {
		fmt.Fprintf(&b, "  - {name: %s, url: \"http://%s\", host: %s, database: %s, logins: [%s], passwordEnv: EXT_PASSWORD, dsnEnv: EXT_%s_DSN}\n",
			a.Name, address, a.Host, a.Database, strings.Join(a.Logins, ", "), strings.ToUpper(a.Name))
		env = append(env, "EXT_PASSWORD="+a.Password, "EXT_"+strings.ToUpper(a.Name)+"_DSN="+a.DSN)
	}
	return b.String(), env
}

// A target that somebody else runs: faults through its doors, an audit by SQL, and
// no credential in anything that is kept.
func TestExternalSetup(t *testing.T) {
	besideOthers(t)
	experiment, state := workspace(t, "3s"), stateDir(t)
	target := staging(t, state)
	file, env := stagingSetup(t, target)
	dir := filepath.Dir(experiment)
	for path, content := range map[string]string{experiment: externalExperiment, filepath.Join(dir, "setup.yaml"): file} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runs := filepath.Join(dir, "runs")
	perform := func(env []string) (int, string) {
		cmd := harness(t.Context(), t, state, "run", "--results", runs, experiment)
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, out := perform(nil); code != exitCannotRun || !strings.Contains(out, "EXT_PASSWORD") {
		t.Errorf("without credentials: exit code %d, want %d and the name of what is missing:\n%s", code, exitCannotRun, out)
	}
	wrong := append(append([]string{}, env...), "EXT_PASSWORD=wrong")
	if code, out := perform(wrong); code != exitCannotRun || !strings.Contains(out, "password") {
		t.Errorf("with a wrong password: exit code %d, want %d and the reason:\n%s", code, exitCannotRun, out)
	}
	code, out := perform(env)
	if code == exitCannotRun {
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
			t.Errorf("%s: %+v, want it shown in effect and shown gone", in.Fault, in)
		}
	}
	if trial.Audit == nil || len(trial.Audit.Operations) == 0 {
		t.Errorf("no audit: %+v", trial.Audit)
	}
	noCredentials(t, runs, target)
	if labs, err := lab.List(filepath.Join(state, "odoo-harness", "labs")); err != nil || len(labs) != 1 {
		t.Errorf("%d labs are up after the run, %v; want the target untouched", len(labs), err)
	}
}

// noCredentials fails when a credential of the target, or one more, is in any file of a
// folder.
func noCredentials(t *testing.T, dir string, target lab.Status, more ...string) {
	t.Helper()
	secrets := append([]string{target.Tenants[0].Password}, more...)
	for _, a := range target.Tenants {
		raw, err := json.Marshal(a.DSN)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(append(secrets, strings.Trim(string(raw), `"`)), a.APIKeys...)
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if secret != "" && bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds a credential", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// freeAddress is one that nobody listened at a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a free port, nothing is served
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}
