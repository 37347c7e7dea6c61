//go:build odoo

package odoostack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/supervise"
	"example.org/odooharness/results"
)

// superviseHere plays `harness lab supervise`.
func superviseHere(state string) error {
	spec, err := lab.ReadSpec(state)
	if err != nil {
		return err
	}
	return supervise.Run(context.Background(), spec, state, Builder{})
}

// TestSupervised brings the demo's labs up as a user does, and kills the
// supervisor of one: nothing may outlive it.
func TestSupervised(t *testing.T) {
	for _, tenancy := range []results.Tenancy{results.Shared, results.Dedicated} {
		t.Run(string(tenancy), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			spec := lab.Spec{Name: "supervised-" + string(tenancy), Kind: "odoo", Tenancy: tenancy,
				Tenants: []string{"t1", "t2", "t3", "t4"}, Workers: 4, CPU: 2}
			began := time.Now()
			status, err := lab.Up(t.Context(), spec, dir, lines.Logger(func(line string) { t.Log(line) }))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("up after %.1f s", time.Since(began).Seconds())
			t.Cleanup(func() {
				at := time.Now()
				if err := lab.Down(context.Background(), dir, spec.Name); err != nil {
					t.Errorf("down: %v", err)
				}
				t.Logf("down after %.1f s", time.Since(at).Seconds())
				checkNothingLeft(t, status)
			})
			for _, access := range status.Tenants {
				s := newShop(t, access)
				one := s.reserve()
				s.ship(one)
				s.invoice(one)
				eventually.True(t, 2*time.Minute, one.Name+" has a tracking number", func() bool {
					return strings.Contains(s.field("stock.picking", one.Picking, "carrier_tracking_ref"), "HL")
				})
			}
			t.Logf("memory: %.0f MB", memoryBelow(status.Supervisor))
			if tenancy == results.Dedicated {
				return
			}
			if err := syscall.Kill(status.Supervisor, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually.True(t, 2*time.Minute, "every process is gone with the supervisor", func() bool { return stillThere(status) == "" })
		})
	}
}

// checkNothingLeft looks for processes, mounts and cgroups of the lab.
func checkNothingLeft(t *testing.T, status *lab.Status) {
	t.Helper()
	if left := stillThere(status); left != "" {
		t.Errorf("still there: %s", left)
	}
	for _, c := range status.Components {
		if c.Cgroup == "" {
			continue
		}
		if _, err := os.Stat(c.Cgroup); err == nil {
			t.Errorf("cgroup %s is left", c.Cgroup)
		}
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), "odoo-harness/root-") {
		t.Errorf("mounts are left:\n%s", mounts)
	}
}

// stillThere names a process of the lab that lives: its leaders, and what else
// is in its cgroups.
func stillThere(status *lab.Status) string {
	for _, c := range status.Components {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.PID))
		if err == nil && !strings.Contains(string(raw), ") Z ") {
			return c.Name
		}
		if c.Cgroup == "" {
			continue
		}
		if members, err := os.ReadFile(filepath.Join(c.Cgroup, "cgroup.procs")); err == nil && len(members) > 0 {
			return "members of " + c.Cgroup
		}
	}
	return ""
}
