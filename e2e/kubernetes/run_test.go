//go:build kubernetes

package kubernetes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// againstPods runs against pods: of a Deployment each for the embedded target and its
// ingress, with a PostgreSQL and a Redis that are known by a Secret. Clients wait long
// enough that a wait stays one, also where a fault's end is late on a busy machine.
const againstPods = `name: on-cluster
hypothesis: it holds
setups: [SETUPS]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 44s, scale: 5, timeout: 20s}
faults:
  - {name: odoo-killed, manifest: ../chaos/catalogue/odoo-kill.yaml, at: 6s}
  - {name: lock-stock-quant, manifest: ../chaos/catalogue/postgres-lock-stock-quant.yaml, at: 14s, for: 2s}
  - {name: redis-pause, manifest: ../chaos/catalogue/redis-pause.yaml, at: 20s, for: 2s}
  - {name: ingress-down, manifest: ../chaos/catalogue/ingress-failure.yaml, at: 26s, for: 3s}
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 35s, for: 3s}
warmup: 3s
seed: 3
`

// One experiment runs against pods and against a lab of this machine: the plan names
// the pods, the faults end processes, reach the daemon, or go through connections
// whose credentials are in a Secret. Both drivers make the same marks; the table of
// what clients saw is in docs/kubernetes.md, and UPDATE=1 writes it.
func TestRunOnKubernetesAndHere(t *testing.T) {
	rig.LabTest(t)
	w := newWorld(t, strings.Replace(againstPods, "SETUPS", "setup.yaml, here.yaml", 1))
	here := "name: here\ntenancy: shared\nenvironment: lab\nlab: {kind: embedded, workers: 4}\ntenants: [{name: t1}, {name: t2}]\n"
	rig.Must(t, os.WriteFile(filepath.Join(filepath.Dir(w.setup), "here.yaml"), []byte(here), 0o600))
	var plan string
	eventually.Nil(t, 30*time.Second, "the plan names the pods", func() error {
		out, err := w.command(t, "plan", w.experiment).CombinedOutput()
		plan = string(out)
		if err != nil || !strings.Contains(plan, "odoo-killed would hit 1 of 1 pods: shop/odoo-") {
			return fmt.Errorf("%w: %s", err, plan)
		}
		return nil
	})
	runs := filepath.Join(t.TempDir(), "runs")
	out, err := w.command(t, "run", "--results", runs, w.experiment).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == cli.ExitCannotRun) {
		t.Fatalf("it could not run: %v\n%s", err, out)
	}
	run, err := results.Open(filepath.Join(runs, "on-cluster", "latest"))
	rig.Must(t, err)
	if len(run.Trials) != 2 {
		t.Fatalf("%d trials, want one on each setup\n%s", len(run.Trials), out)
	}
	drivers := map[string]string{"on-cluster": "chaos-mesh", "here": "local"}
	for _, trial := range run.Trials {
		if trial.State != results.TrialComplete || len(trial.Injections) != 5 {
			t.Errorf("trial %s is %s (%s) with %d faults, want a complete one with 5\n%s",
				trial.Name, trial.State, trial.Reason, len(trial.Injections), out)
		}
		for _, in := range trial.Injections {
			if in.InEffect == nil || in.Recovered == nil || in.Driver != drivers[trial.Setup] {
				t.Errorf("%s on %s: %+v, want it shown in effect and shown gone", in.Fault, trial.Setup, in)
				continue
			}
			t.Logf("%s on %s: %s | %s", in.Fault, trial.Setup, in.Proof, in.GoneProof)
		}
	}
	if left, err := w.cluster.InEffect(); err != nil || len(left) > 0 {
		t.Errorf("left in effect are %v, %v", left, err)
	}
	podsWatched(t, run)
	parity(t, run)
}

// podsWatched holds the telemetry of pods: the killed one's absence was seen.
func podsWatched(t *testing.T, run *results.Run) {
	t.Helper()
	fewest := map[string]float64{}
	for _, trial := range run.Trials {
		for point, err := range trial.Points() {
			rig.Must(t, err)
			if point.Series != "pods.ready" {
				continue
			}
			if least, seen := fewest[point.Component]; !seen || point.Value < least {
				fewest[point.Component] = point.Value
			}
		}
	}
	if least, seen := fewest["shared/ingress"]; !seen || least > 0 {
		t.Errorf("ready pods at the fewest: %v, want none of the ingress while it failed", fewest)
	}
}
