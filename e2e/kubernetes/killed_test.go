//go:build kubernetes

package kubernetes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
)

// The harness and its guard are killed while a fault is in effect: Chaos Mesh ends
// it by its duration, doctor --sweep removes the resource, the run can be judged.
func TestKilledHarnessOnKubernetes(t *testing.T) {
	rig.LabTest(t)
	w := newWorld(t, strings.NewReplacer("on-cluster", "killed", "SETUPS", "setup.yaml").Replace(strings.Split(againstPods, "faults:")[0])+`faults:
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 5s, for: 8s}
warmup: 3s
seed: 3
`)
	eventually.Nil(t, 30*time.Second, "the pods are ready", func() error {
		_, err := w.command(t, "plan", w.experiment).Output()
		return err
	})
	runs := filepath.Join(t.TempDir(), "runs")
	cmd := w.command(t, "run", "--results", runs, w.experiment)
	rig.Must(t, cmd.Start())
	eventually.Nil(t, 90*time.Second, "the fault is in effect", func() error {
		now, err := w.cluster.InEffect()
		if err == nil && len(now) == 0 {
			err = errors.New("nothing is")
		}
		return err
	})
	guard := guardOf(t, cmd.Process.Pid)
	rig.Must(t, syscall.Kill(guard, syscall.SIGKILL))
	rig.Must(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	killed := time.Now()
	eventually.Nil(t, 20*time.Second, "Chaos Mesh has ended the fault", func() error {
		now, err := w.cluster.InEffect()
		if err == nil && len(now) > 0 {
			err = fmt.Errorf("in effect are %v", now)
		}
		return err
	})
	t.Logf("ended %s after the harness was killed", time.Since(killed).Round(100*time.Millisecond))
	out, err := w.command(t, "doctor", "--setup", w.setup, "--sweep").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "removed NetworkChaos shop/ingress-slow-") {
		t.Errorf("doctor --sweep: %v\n%s", err, out)
	}
	out, err = w.command(t, "doctor", "--setup", w.setup).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "0 faults were left") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	out, err = w.command(t, "analyze", filepath.Join(runs, "killed", "latest")).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == cli.ExitCannotRun) {
		t.Errorf("the run cannot be judged: %v\n%s", err, out)
	}
}

// guardOf finds the child of the harness that applies its faults.
func guardOf(t *testing.T, parent int) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	rig.Must(t, err)
	for _, e := range entries {
		var pid, of int
		if _, err := fmt.Sscanf(e.Name(), "%d", &pid); err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		if _, err := fmt.Sscanf(rest, "%s %d", &state, &of); err != nil || of != parent {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && strings.Contains(string(line), "\x00guard\x00") {
			return pid
		}
	}
	t.Fatal("the harness has no guard")
	return 0
}
