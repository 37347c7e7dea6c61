package kills

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
)

const killedExperiment = `name: killed
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 12s, scale: 5, timeout: 5s}
faults:
  - {name: limit, manifest: ../chaos/catalogue/postgres-connection-limit.yaml, at: 2s, for: 2s}
  - {name: lock-stock-quant, manifest: ../chaos/catalogue/postgres-lock-stock-quant.yaml, at: 5s, for: 2s}
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 8s, for: 2s}
warmup: 1s
seed: 3
`

// Whole runs are killed at random moments. Every fault is reverted within its limit, and what
// was recorded is judged.
func TestKilledRuns(t *testing.T) {
	runs := number(t, "HARNESS_KILLED_RUNS", 0)
	if runs == 0 {
		t.Skip("make test-kills sets HARNESS_KILLED_RUNS")
	}
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	target := rig.Staging(t, state)
	file, env := rig.StagingSetup(t, target)
	dir := filepath.Dir(experiment)
	setup, id := filepath.Join(dir, "setup.yaml"), fmt.Sprintf("HARNESS_KILLS_ID=%d-%d", os.Getpid(), time.Now().UnixNano())
	rig.Write(t, experiment, killedExperiment)
	rig.Write(t, setup, file)
	results := filepath.Join(dir, "runs")
	find := &staging{id: id}
	random := rand.New(rand.NewPCG(uint64(number(t, "HARNESS_KILLS_SEED", int(time.Now().UnixNano()&0xffff))), 1))
	count := tally{}
	for i := range runs {
		moment := time.Duration(random.Int64N(int64(26 * time.Second)))
		cmd := rig.Command(t.Context(), t, state, "run", "--results", results, experiment)
		cmd.Env = append(append(cmd.Env, env...), id)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		rig.Must(t, cmd.Start())
		time.Sleep(moment) // the moment is what is varied
		living, roles := find.harness(), []string{"run"}
		if i%2 == 1 {
			roles = append(roles, "guard")
		}
		for _, role := range roles {
			_ = proc.SignalAll(living[role], 9) // one that has ended by itself is as good
		}
		_ = cmd.Wait() // its exit proves nothing
		count["kills"]++
		what := fmt.Sprintf("kill of %s after %s", strings.Join(roles, ", "), moment.Round(time.Millisecond))
		if err := eventually.Within(limit, func() error { return lockable(t, target) }); err != nil {
			t.Fatalf("%s: %v\n%s", what, err, &out)
		}
		run(t, state, env, what, cli.ExitPass, "no fault is left: 0 found", "doctor", "--setup", setup)
		latest := filepath.Join(results, "killed", "latest")
		if _, err := os.Stat(filepath.Join(latest, "manifest.json")); err == nil {
			code := run(t, state, env, what, -1, "killed", "analyze", latest)
			if code == cli.ExitCannotRun {
				t.Errorf("%s: the run could not be judged", what)
			}
			count[fmt.Sprintf("judged with exit code %d", code)]++
		}
		rig.Must(t, os.RemoveAll(results))
	}
	t.Log(count)
}

// run runs a command of the harness, which has to print a text, and to end with an exit
// code unless that is negative.
func run(t *testing.T, state string, env []string, what string, want int, text string, args ...string) int {
	t.Helper()
	cmd := rig.Command(t.Context(), t, state, args...)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	code := cmd.ProcessState.ExitCode()
	if want >= 0 && code != want || !bytes.Contains(out, []byte(text)) {
		t.Errorf("%s: harness %s: %v, want exit code %d and %q:\n%s", what, args[0], err, want, text, out)
	}
	return code
}

// lockable is nil when a session of each tenant opens and takes a lock.
func lockable(t *testing.T, target lab.Status) error {
	for _, tenant := range target.Tenants {
		conn, err := pgx.Connect(t.Context(), tenant.DSN.Reveal())
		if err == nil {
			_, err = conn.Exec(t.Context(), `begin; lock table stock_quant in access share mode nowait; commit`)
			_ = conn.Close(t.Context())
		}
		if err != nil {
			return fmt.Errorf("tenant %s: %w", tenant.Name, err)
		}
	}
	return nil
}
