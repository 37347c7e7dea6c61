package target

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/testing/testbed"
)

// staging writes a setup file of servers that nobody here has started.
func staging(t *testing.T, components string) string {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "staging.yaml")
	text := "name: staging\ntenancy: shared\nenvironment: staging\ntenants:\n" +
		"  - {name: acme, url: 'http://127.0.0.1:1', database: main, logins: [a], passwordEnv: GUARD_PASSWORD}\n" +
		"components:\n" + components + "chaos: {driver: local, allow: ['*']}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// guarded runs a guard until end is called, and returns once it is ready or has refused.
type guarded struct {
	notes []string
	end   context.CancelFunc
	done  chan error
	err   error // why it is not ready
}

func startServing(t *testing.T, setup, run string) *guarded {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	g := &guarded{end: cancel, done: make(chan error, 1)}
	from, to := io.Pipe()
	folder, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		err := ServeGuard(ctx, GuardOptions{Setup: setup, Socket: filepath.Join(folder, "s"), Run: run, Watchdog: []string{"watchdog"}}, to)
		_ = to.Close()
		g.done <- err
	}()
	g.notes, g.err = listen(from)
	go func() { _, _ = io.Copy(io.Discard, from) }()
	t.Cleanup(cancel)
	return g
}

// ended ends the guard and waits for it.
func (g *guarded) ended(t *testing.T) {
	t.Helper()
	g.end()
	if err := <-g.done; err != nil && g.err == nil {
		t.Error(err)
	}
}

const postgresLine = "  - {name: postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, dsnEnv: GUARD_DSN}\n"

// Two runs on one PostgreSQL: the second is refused while the first lasts, with its name.
func TestSecondGuardIsRefused(t *testing.T) {
	server := testbed.Postgres(t, "shared/postgres", "main")
	t.Setenv("GUARD_DSN", server.DSN.Reveal())
	t.Setenv("GUARD_PASSWORD", "secret")
	setup := staging(t, postgresLine)
	first := startServing(t, setup, "peak/7")
	if first.err != nil {
		t.Fatal(first.err)
	}
	second := startServing(t, setup, "peak/8")
	if second.err == nil || !strings.Contains(second.err.Error(), postgres.ErrClaimed.Error()+": peak/7 since") {
		t.Errorf("a second guard: %v, want %v", second.err, postgres.ErrClaimed)
	}
	second.ended(t)
	first.ended(t)
	third := startServing(t, setup, "peak/9")
	if third.err != nil {
		t.Errorf("after the first: %v", third.err)
	}
	third.ended(t)
	if left, err := leftFolders(); err != nil || slices.ContainsFunc(left, func(dir string) bool {
		return strings.HasPrefix(filepath.Base(dir), fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	}) {
		t.Errorf("folders of the guards are left: %q, %v", left, err)
	}
}

// leave makes a limit of connections that lost its process and its keeper.
func leave(t *testing.T, server local.Part, owner mark.Mark) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), server.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	for _, statement := range []string{
		"alter database main set odoo_harness.connection_limit = '-1'",
		"alter database main set odoo_harness.fault = '" + owner.Text() + "'",
		"alter database main connection limit 0",
	} {
		if _, err := admin.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// The next run finds what a killed one has left: it names and reverts the fault of a dead
// process, and refuses next to a living one.
func TestGuardFindsWhatIsLeft(t *testing.T) {
	server := testbed.Postgres(t, "shared/postgres", "main")
	t.Setenv("GUARD_DSN", server.DSN.Reveal())
	t.Setenv("GUARD_PASSWORD", "secret")
	setup := staging(t, postgresLine)
	living := mark.New("connection-limit", "peak/6").Now(time.Minute)
	leave(t, server, living)
	g := startServing(t, setup, "peak/7")
	if g.err == nil || !strings.Contains(g.err.Error(), "a fault is left: postgres: database main is limited to 0 connections, -1 before "+
		"(fault connection-limit of run peak/6, made by process ") {
		t.Errorf("next to a living fault: %v", g.err)
	}
	g.ended(t)
	dead := living
	dead.Process = "1:1"
	leave(t, server, dead)
	s, err := spec.LoadSetup(setup)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if left, err := ExamineServers(t.Context(), s, false, &out); err != nil || left != 1 ||
		!strings.Contains(out.String(), "left: postgres: database main is limited to 0 connections, -1 before (fault connection-limit of run peak/6, ") ||
		!strings.Contains(out.String(), "1 fault is left: 1 found, 0 reverted, 0 in effect for a run") {
		t.Errorf("doctor: %d, %v\n%s", left, err, &out)
	}
	g = startServing(t, setup, "peak/8")
	if g.err != nil || len(g.notes) != 1 || !strings.Contains(g.notes[0], "An earlier run had left a fault: postgres: database main is limited to 0") ||
		!strings.Contains(g.notes[0], "of run peak/6") {
		t.Errorf("after a dead one: %q, %v", g.notes, g.err)
	}
	g.ended(t)
	leave(t, server, dead)
	out.Reset()
	if left, err := ExamineServers(t.Context(), s, true, &out); err != nil || left != 0 ||
		!strings.Contains(out.String(), "no fault is left: 1 found, 1 reverted, 0 in effect for a run") {
		t.Errorf("doctor --sweep: %d, %v\n%s", left, err, &out)
	}
	out.Reset()
	if left, err := ExamineServers(t.Context(), s, false, &out); err != nil || left != 0 || out.String() !=
		"postgres: searched for connection limits, paused replay and sessions of faults\n"+
			"no fault is left: 0 found, 0 reverted, 0 in effect for a run\n" {
		t.Errorf("doctor on a healthy setup: %d, %v\n%s", left, err, &out)
	}
}
