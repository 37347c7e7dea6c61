//go:build odoo

package odoostack

import (
	"context"
	"errors"

	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
)

// heldDown is the process of a server that a fault may keep down.
type heldDown struct {
	server *buildProcess
	start  func() (*buildProcess, error) // nil: it stays down
}

func (h *heldDown) PID() int {
	if h.server == nil {
		return 0
	}
	return h.server.cmd.Process.Pid
}
func (h *heldDown) Running() bool                  { return h.server != nil }
func (h *heldDown) Kill(ctx context.Context) error { return h.Hold(ctx) }
func (h *heldDown) Hold(context.Context) error {
	server := h.server
	h.server = nil
	err := syscall.Kill(-server.cmd.Process.Pid, syscall.SIGKILL)
	server.done <- <-server.done // for the test's clean-up
	return err
}
func (h *heldDown) Release(context.Context) (err error) {
	if h.start != nil && h.server == nil {
		h.server, err = h.start()
	}
	return err
}
func (h *heldDown) Signal(context.Context, syscall.Signal) error { return nil }

// pair is a primary with its streaming standby, each behind its edge.
type pair struct {
	*archived
	standby *postgres
	parts   []local.Part
	driver  *local.Driver
}

func newPair(t *testing.T) *pair {
	t.Helper()
	a := newArchived(t)
	a.pg.archive = false
	if err := a.pg.configure(); err != nil {
		t.Fatal(err)
	}
	a.start()
	part := func(pg *postgres, name, app, upstream string) local.Part {
		proxy, err := local.NewProxy(name, "127.0.0.1:0", upstream)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = proxy.Close(context.Background()) })
		return local.Part{Proxy: proxy, DSN: secret.Text(pg.dsn("postgres", "postgres")), Component: chaos.Component{Name: name, Kind: "postgres",
			Labels: map[string]string{"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "odoo-lab", "odoo-harness/stack": "shared"}}}
	}
	primary := part(a.pg, "shared/postgres", "postgresql", loopback(a.pg.port))
	primary.Process = &heldDown{server: a.server}
	line := part(a.pg, "shared/standby", "postgresql-standby", loopback(a.pg.port))
	_, port, _ := strings.Cut(line.Proxy.Address(), ":")
	p := &pair{archived: a, standby: standbyOf(a.pg, a.pg.port+500, atoi(t, port))}
	line.DSN = secret.Text(p.standby.dsn("postgres", "postgres"))
	if err := copyStandby(t.Context(), a.pg, p.standby); err != nil {
		t.Fatal(err)
	}
	var output strings.Builder
	replica := &heldDown{start: func() (*buildProcess, error) { return start(p.standby.command(), &output) }}
	if err := replica.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if replica.server != nil {
			_ = replica.server.stop(os.Kill, 10*time.Second)
		}
	})
	if err := replica.server.until(t.Context(), 30*time.Second, p.standby.ready); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	line.Process = replica
	p.parts = []local.Part{primary, line}
	p.driver = local.New(p.parts)
	return p
}

func atoi(t *testing.T, text string) (n int) {
	t.Helper()
	for _, c := range text {
		n = 10*n + int(c-'0')
	}
	return n
}

// fault is one of the catalogue, prepared.
func (p *pair) fault(name string) chaos.Fault {
	p.t.Helper()
	raw, err := fs.ReadFile(chaos.Catalogue(), name+".yaml")
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := manifest.Parse(name, raw)
	if err != nil {
		p.t.Fatal(err)
	}
	targets, err := p.driver.Check(p.t.Context(), m)
	if err != nil {
		p.t.Fatal(err)
	}
	fault, err := p.driver.Fault(m, targets)
	if err == nil {
		err = fault.Prepare(p.t.Context())
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = fault.Close(context.Background()) })
	return fault
}

func (p *pair) shown(what string, prove func(context.Context) (chaos.Proof, error)) {
	p.t.Helper()
	eventually.True(p.t, 2*time.Minute, what, func() bool {
		ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
		defer cancel()
		proof, err := prove(ctx)
		if err == nil && proof.Shown {
			p.t.Log(proof.Evidence)
		}
		return err == nil && proof.Shown
	})
}

// through counts rows by the address that clients of the primary use.
func (p *pair) through(dsn string) (n int, err error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close(context.Background()) }()
	return n, errors.Join(c.QueryRow(ctx, `select count(*)::int from work`).Scan(&n))
}

// A standby whose replay is paused shows the past. A standby that gets the log late loses
// the rest when it is promoted, and clients of the primary reach it.
func TestReplayPauseDelayAndFailover(t *testing.T) {
	p := newPair(t)
	p.sql(`create table work as select generate_series(1, 100) as id`)
	behind := func() int {
		n, err := p.through(p.standby.dsn("postgres", "postgres"))
		if err != nil {
			return -1
		}
		return n
	}
	eventually.True(t, 2*time.Minute, "the standby follows", func() bool { return behind() == 100 })

	pause := p.fault("standby-replay-pause")
	if err := pause.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.sql(`insert into work select generate_series(101, 200)`)
	p.shown("replay is paused", pause.InEffect)
	if got := behind(); got != 100 {
		t.Errorf("the paused standby shows %d rows, want the past: 100", got)
	}
	if err := pause.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("replay goes on", pause.Recovered)
	eventually.True(t, 2*time.Minute, "the standby has caught up", func() bool { return behind() == 200 })

	delay, failover := p.fault("standby-wal-delay"), p.fault("postgres-failover")
	if err := delay.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("the log is late", delay.InEffect)
	p.sql(`insert into work select generate_series(201, 300)`) // acknowledged by the primary
	if err := failover.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("the standby has taken over", failover.InEffect)
	p.shown("clients reach it", failover.Recovered)
	dsn := strings.Replace(p.pg.dsn("postgres", "postgres"), loopback(p.pg.port), p.parts[0].Proxy.Address(), 1)
	if got, err := p.through(dsn); err != nil || got != 200 {
		t.Errorf("behind the front door are %d rows, %v; want 200: what was late is lost", got, err)
	}
	if err := delay.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("the delay is gone", delay.Recovered)
	a := &stack{postgres: p.pg, standby: p.standby}
	if got, err := p.through(a.anyPrimary("postgres", "postgres")); err != nil || got != 200 {
		t.Errorf("by the address of both: %d rows, %v; want the new primary's 200", got, err)
	}
	if _, err := os.Stat(filepath.Join(p.pg.stack, "standby")); err != nil {
		t.Error(err)
	}
}

// Where commits wait for a standby, they hang while it is down, and are done when it is
// back.
func TestCommitsHangWithoutTheirStandby(t *testing.T) {
	p := newPair(t)
	p.sql(`create table work as select 1 as id`)
	p.sql(`alter system set synchronous_standby_names = 'standby'`)
	p.sql(`select pg_reload_conf()::int`)
	state := func() (waits string) {
		conn, err := pgx.Connect(t.Context(), p.pg.dsn("postgres", "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if err := conn.QueryRow(t.Context(), `select coalesce((select sync_state from pg_stat_replication limit 1), 'none') || ' ' ||
			(select count(*) from pg_stat_activity where wait_event = 'SyncRep')`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		return waits
	}
	eventually.True(t, time.Minute, "commits wait for the standby", func() bool { return state() == "sync 0" })

	gone := p.fault("standby-failure")
	if err := gone.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("the standby is gone", gone.InEffect)
	done := make(chan error, 1)
	go func() {
		conn, err := pgx.Connect(t.Context(), p.pg.dsn("postgres", "postgres"))
		if err == nil {
			_, err = conn.Exec(t.Context(), `insert into work values (2)`)
			err = errors.Join(err, conn.Close(context.Background()))
		}
		done <- err
	}()
	eventually.True(t, time.Minute, "a commit hangs", func() bool { return state() == "none 1" })
	select {
	case err := <-done:
		t.Fatalf("it was acknowledged without the standby: %v", err)
	default:
	}
	if err := gone.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.shown("the standby is back", gone.Recovered)
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the commit that hung: %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("the commit still hangs though the standby is back")
	}
}
