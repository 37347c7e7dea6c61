package target

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
	"example.org/odooharness/results"
)

// limited is nil when the database main has a limit of connections.
func limited(t *testing.T, dsn string, want int) error {
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return err
	}
	var limit int
	err = conn.QueryRow(t.Context(), "select datconnlimit from pg_database where datname = 'main'").Scan(&limit)
	if err == nil && limit != want {
		err = fmt.Errorf("the limit is %d, want %d", limit, want)
	}
	_ = conn.Close(t.Context())
	return err
}

// A killed harness closes its connection to the sidecar: the guard there reverts the fault,
// and the next harness has a guard of its own. The sidecar ends its guards when it ends.
func TestSidecarOutlivesTheHarness(t *testing.T) {
	server := testbed.Postgres(t, "shared/postgres", "main")
	dsn := server.DSN.Reveal()
	t.Setenv("GUARD_DSN", dsn)
	t.Setenv("GUARD_PASSWORD", "secret")
	s := spec.Setup{Path: staging(t, postgresLine), Run: "peak/7"}
	socket := filepath.Join(t.TempDir(), "sidecar")
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- ServeSidecar(ctx, socket, func(setup, socket, run string) *exec.Cmd {
			return exec.CommandContext(context.WithoutCancel(ctx), os.Args[0], "guard", setup, socket, run)
		})
	}()
	killed, err := joinSidecar(t.Context(), s, socket)
	if err != nil {
		t.Fatal(err)
	}
	driver, err := guard.Dial(killed.socket)
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Parse("limit.yaml", testbed.Manifest("PostgresChaos", manifest.OwnVersion, "limit", "database",
		"  action: connection-limit\n  parameters: {limit: 0}\n  mode: all\n  selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}\n  duration: 60s\n"))
	if err != nil {
		t.Fatal(err)
	}
	targets, err := driver.Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	fault, err := driver.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(start)) }})
	for _, verb := range []func(context.Context) error{session.Prepare, session.Inject, session.InEffect} {
		if err := verb(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := limited(t, dsn, 0); err != nil {
		t.Fatal(err)
	}

	killed.kill() // as the kernel does
	eventually.Nil(t, 10*time.Second, "the fault is reverted", func() error { return limited(t, dsn, -1) })
	eventually.Nil(t, 10*time.Second, "the guard has ended", func() error {
		if _, err := os.Stat(killed.dir); err == nil {
			return fmt.Errorf("%s is there", killed.dir)
		}
		return nil
	})
	s.Run = "peak/8"
	next, err := joinSidecar(t.Context(), s, socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.close(t.Context()); err != nil {
		t.Errorf("the guard of the next run: %v", err)
	}
	last, err := joinSidecar(t.Context(), s, socket)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("the sidecar: %v", err)
	}
	if err := last.wait(); err != nil {
		t.Errorf("the guard of a sidecar that ends: %v", err)
	}
}
