package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/proctree"
)

// up brings a fake lab up, to be taken down with the test.
func up(t *testing.T, tenants ...string) (*lab.Status, string) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	status, err := lab.Up(ctx, lab.Spec{Name: "fake", Kind: "fake", Tenants: tenants}, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cleanup, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := lab.Down(cleanup, dir, "fake"); err != nil && !errors.Is(err, lab.ErrNotUp) {
			t.Error(err)
		}
	})
	return status, dir
}

// pids reads the processes of a web process through an address.
func pids(ctx context.Context, address string) (self, child int, err error) {
	answer, err := get(ctx, address)
	if err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(answer, &self, &child)
	return self, child, err
}

func TestUpAndDown(t *testing.T) {
	t.Parallel() // it mostly waits
	status, dir := up(t, "t1", "t2")
	if len(status.Components) != 4 {
		t.Fatalf("%d components, want 4", len(status.Components))
	}
	var all []int
	for _, c := range status.Components {
		self, child, err := pids(t.Context(), c.Address)
		if err != nil {
			t.Fatalf("%s through its edge: %v", c.Name, err)
		}
		if self != c.PID {
			t.Errorf("%s: the status says process %d, it is %d", c.Name, c.PID, self)
		}
		all = append(all, self, child)
	}
	info, err := os.Stat(lab.StatusFile(dir, "fake"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("status file: mode %v, %v; want 0600", info.Mode(), err)
	}
	labs, err := lab.List(dir)
	if err != nil || len(labs) != 1 || labs[0].Supervisor != status.Supervisor {
		t.Errorf("list: %v, %v", labs, err)
	}
	_, err = lab.Up(t.Context(), status.Spec, dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "is up already") {
		t.Errorf("second up: got %v, want a refusal", err)
	}
	folder := record(t, dir).Folders[0]
	if err := lab.Down(t.Context(), dir, "fake"); err != nil {
		t.Fatal(err)
	}
	for _, pid := range append(all, status.Supervisor) {
		if lives(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is left", folder)
	}
	if _, err := lab.Load(dir, "fake"); !errors.Is(err, lab.ErrNotUp) {
		t.Errorf("load after down: got %v, want not up", err)
	}
	if err := lab.Down(t.Context(), dir, "fake"); !errors.Is(err, lab.ErrNotUp) {
		t.Errorf("second down: got %v, want not up", err)
	}
	if _, err := os.Stat(lab.SupervisorLog(dir, "fake")); err != nil {
		t.Errorf("the log should stay: %v", err)
	}
}

func record(t *testing.T, dir string) lab.Record {
	t.Helper()
	r, err := lab.ReadRecord(filepath.Join(dir, "fake"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lives reports whether the process is there and no zombie.
func lives(pid int) bool {
	id, err := proctree.Of(pid)
	return err == nil && id.Alive()
}

// A crashed process comes back, with what it left behind cleaned up, behind an
// edge that is closed until then. The status follows.
func TestCrashIsRestarted(t *testing.T) {
	t.Parallel() // it mostly waits
	status, dir := up(t, "t1")
	c := status.Components[1]
	self, child, err := pids(t.Context(), c.Address)
	if err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "the record has the child", func() error {
		if slices.ContainsFunc(record(t, dir).Processes, func(id proctree.Identity) bool { return id.PID == child }) {
			return nil
		}
		return errors.New("not yet")
	})
	if err := syscall.Kill(self, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "edge closes", func() error {
		if conn, err := net.Dial("tcp", c.Address); err == nil {
			conn.Close()
			return errors.New("still open")
		}
		return nil
	})
	eventually.Nil(t, time.Minute, "process comes back", func() error {
		again, _, err := pids(t.Context(), c.Address)
		if err == nil && again == self {
			err = errors.New("still the old one")
		}
		return err
	})
	eventually.Nil(t, time.Minute, "status follows", func() error {
		now, err := lab.Load(dir, "fake")
		if err != nil {
			return err
		}
		if now.Components[1].PID == self {
			return errors.New("still the old process")
		}
		return nil
	})
	eventually.Nil(t, time.Minute, "the orphan is ended", func() error {
		if lives(child) {
			return fmt.Errorf("process %d lives", child)
		}
		return nil
	})
}

// A fault requested from the guard hits the process that the supervisor keeps: a
// pod-failure holds it down, recovery brings it back, and a client that dies takes
// its fault with it.
func TestHoldByGuard(t *testing.T) {
	t.Parallel() // it mostly waits
	status, _ := up(t, "t1")
	c := status.Components[1]
	client, err := guard.Dial(status.Guard)
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Parse("failure.yaml", []byte(`apiVersion: chaos-mesh.org/v1alpha1
kind: PodChaos
metadata: {name: failure, annotations: {odoo-harness/class: application}}
spec:
  action: pod-failure
  mode: all
  duration: 60s
  selector: {labelSelectors: {app.kubernetes.io/name: odoo}}
`))
	if err != nil {
		t.Fatal(err)
	}
	targets, err := client.Check(t.Context(), m)
	if err != nil || len(targets) != 1 || targets[0].Name != c.Name {
		t.Fatalf("check: %v, %v; want %s", targets, err, c.Name)
	}
	fault, err := client.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	if err := fault.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fault.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused := func() error {
		if conn, err := net.Dial("tcp", c.Address); err == nil {
			conn.Close()
			return errors.New("connected")
		}
		return nil
	}
	eventually.Nil(t, time.Minute, "held down", refused)
	proof, err := fault.InEffect(t.Context())
	if err != nil || !proof.Shown {
		t.Errorf("in effect: %+v, %v", proof, err)
	}
	if err := fault.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "released", func() error { _, err := get(t.Context(), c.Address); return err })
	if err := fault.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// After kill -9 of the supervisor nothing is left within seconds but what only a
// sweep can find, and a sweep finds it.
func TestSupervisorKilled(t *testing.T) {
	t.Parallel() // it mostly waits
	status, dir := up(t, "t1", "t2")
	var leaders, children []int
	for _, c := range status.Components {
		self, child, err := pids(t.Context(), c.Address)
		if err != nil {
			t.Fatal(err)
		}
		leaders, children = append(leaders, self), append(children, child)
	}
	known := map[int]bool{}
	eventually.Nil(t, time.Minute, "the record has all processes", func() error {
		for _, id := range record(t, dir).Processes {
			known[id.PID] = true
		}
		for _, pid := range append(leaders, children...) {
			if !known[pid] {
				return errors.New(strconv.Itoa(pid) + " is not recorded")
			}
		}
		return nil
	})
	folder := record(t, dir).Folders[0]
	if err := syscall.Kill(status.Supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "leaders die with the supervisor", func() error {
		for _, pid := range leaders {
			if lives(pid) {
				return fmt.Errorf("process %d lives", pid)
			}
		}
		return nil
	})
	eventually.Nil(t, time.Minute, "the supervisor is gone", func() error {
		if _, err := lab.Load(dir, "fake"); !errors.Is(err, lab.ErrNotUp) {
			return fmt.Errorf("load: got %w, want not up", err)
		}
		return nil
	})
	if ended, err := lab.Ended(dir); err != nil || len(ended) != 1 || ended[0] != "fake" {
		t.Errorf("labs to sweep are %q, %v; want fake", ended, err)
	}
	removed, err := lab.Sweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range children {
		if lives(pid) {
			t.Errorf("process %d is left after the sweep", pid)
		}
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is left after the sweep", folder)
	}
	if len(removed) < len(children)+1 {
		t.Errorf("the sweep tells of %d things: %q", len(removed), removed)
	}
	if again, err := lab.Sweep(dir); err != nil || len(again) != 0 {
		t.Errorf("second sweep: %q, %v; want nothing", again, err)
	}
}

// The error of a lab that cannot come up has the end of its log. Nothing is left.
func TestBrokenLab(t *testing.T) {
	t.Parallel() // it mostly waits
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err := lab.Up(ctx, lab.Spec{Name: "fake", Kind: "fake", Tenants: []string{"broken"}}, dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "broken/postgres is not ready") ||
		!strings.Contains(err.Error(), "missing port") {
		t.Errorf("got %v, want broken/postgres with its log", err)
	}
	if removed, err := lab.Sweep(dir); err != nil || len(removed) != 0 {
		t.Errorf("left behind: %q, %v", removed, err)
	}
}
