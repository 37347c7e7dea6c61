//go:build odoo

package odoostack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// TestFullDiskOfTheLog fills the disk of the write-ahead log of a lab: what was
// acknowledged before is there afterwards, people can work again, and nothing stays
// mounted, neither when the lab is taken down nor after its supervisor was killed.
func TestFullDiskOfTheLog(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	spec := lab.Spec{Name: "waldisk", Kind: "odoo", Tenancy: "shared", Tenants: []string{"t1"}, Workers: 1, WALDisk: 192 << 20}
	up := func() *lab.Status {
		t.Helper()
		status, err := lab.Up(t.Context(), spec, dir, lines.Logger(func(line string) { t.Log(line) }))
		if err != nil {
			t.Fatal(err)
		}
		if got := mounted(t, dir); got != 1 {
			t.Errorf("%d file systems are mounted in the lab, want the one of the log", got)
		}
		return status
	}
	status := up()
	t.Run("fault", func(t *testing.T) { fillAndRecover(t, status) })
	if err := lab.Down(t.Context(), dir, spec.Name); err != nil {
		t.Fatal(err)
	}
	checkNothingLeft(t, status)
	if got := mounted(t, dir); got != 0 {
		t.Errorf("%d file systems are mounted after the lab was taken down", got)
	}

	status = up()
	if err := syscall.Kill(status.Supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually.True(t, time.Minute, "the processes to end with their supervisor", func() bool { return stillThere(status) == "" })
	swept, err := lab.Sweep(dir)
	if err != nil || !strings.Contains(strings.Join(swept, "\n"), "mount ") {
		t.Errorf("the sweep removed %q, %v; want the mount among it", swept, err)
	}
	if got := mounted(t, dir); got != 0 {
		t.Errorf("%d file systems are mounted after the sweep", got)
	}
}

func fillAndRecover(t *testing.T, status *lab.Status) {
	s := newShop(t, status.Tenants[0])
	before := s.reserve()
	raw, err := fs.ReadFile(chaos.Catalogue(), "postgres-wal-disk-full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Parse("postgres-wal-disk-full.yaml", raw)
	if err != nil {
		t.Fatal(err)
	}
	client, err := guard.Dial(status.Guard)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := client.Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	fault, err := client.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(began)) }})
	if err := errors.Join(session.Prepare(t.Context()), session.Inject(t.Context()), session.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Log(session.Injection().Proof)
	if err := customer(s); err == nil {
		t.Error("a customer was kept while PostgreSQL had no room for its log")
	} else {
		t.Logf("a client sees: %v", err)
	}
	if err := errors.Join(session.Recover(t.Context()), session.Recovered(t.Context()), session.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Log(session.Injection().GoneProof)
	eventually.Nil(t, time.Minute, "customers are kept again", func() error { return customer(s) })
	s.ship(before)
	if got := s.field("stock.picking", before.Picking, "state"); got != `"done"` {
		t.Errorf("the delivery that was reserved before is %s, want done", got)
	}
}

// customer is one try to make a customer.
func customer(s *shop) error {
	status, raw := s.send("/web/dataset/call_kw/res.partner/create", "", map[string]any{"jsonrpc": "2.0", "params": map[string]any{
		"model": "res.partner", "method": "create", "args": []any{[]any{map[string]any{"name": "somebody"}}}, "kwargs": map[string]any{}}})
	if status != http.StatusOK || bytes.Contains(raw, []byte(`"error"`)) {
		return fmt.Errorf("status %d: %.200s", status, raw)
	}
	return nil
}

// mounted counts the file systems below a folder.
func mounted(t *testing.T, dir string) int {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(mounts), " "+dir+"/")
}
