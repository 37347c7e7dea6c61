package telemetry

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/procfs"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/pgtest"
	"example.org/odooharness/results"
)

func postgresTarget() Target {
	return Target{Component: "shared/postgres", Kind: results.KindPostgres, DSN: hide(cluster.DSN("postgres")), Tenants: []string{"t1", "t2"},
		Databases: map[string]string{"t2": "db2"}}
}

func TestPostgres(t *testing.T) {
	p := newPostgres(postgresTarget())
	defer p.Close()
	_, err := p.Read(context.Background())
	if err == nil || !strings.Contains(err.Error(), "cannot read pg_stat_statements: the extension is not in the probe's database") {
		t.Errorf("got %v, want a word on the missing extension", err)
	}
	execute(t, session(t, "postgres"), "create extension pg_stat_statements")
	p.db.drop() // found again with a new connection

	holder, waiter, idle := session(t, "t1"), session(t, "t1"), session(t, "db2")
	execute(t, holder, "create table if not exists lockable (n int)")
	execute(t, holder, "begin; lock table lockable in access exclusive mode")
	execute(t, idle, "begin; select 1")
	waited := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, err := waiter.Exec(ctx, "select * from lockable")
		waited <- err
	}()
	defer func() {
		cancel()
		<-waited
	}()
	var got []Reading
	eventually.True(t, time.Minute, "the series follows", func() bool {
		got = read(t, p)
		return series(t, got, "postgres.sessions.wait.lock", "") == 1 && series(t, got, "postgres.locks.longest_wait", "") > 0.05
	})
	for _, c := range []struct {
		series, tenant string
		want           float64
	}{
		{"postgres.up", "", 1}, {"postgres.sessions", "t1", 2}, {"postgres.sessions.active", "t1", 1},
		{"postgres.sessions.wait.lock", "t1", 1}, {"postgres.sessions.idle_in_transaction", "t1", 1},
		{"postgres.sessions.idle_in_transaction", "t2", 1}, {"postgres.sessions.limit", "", 100},
	} {
		if got := series(t, got, c.series, c.tenant); got != c.want {
			t.Errorf("%s of %q is %v, want %v", c.series, c.tenant, got, c.want)
		}
	}
	blocker, wait := series(t, got, "postgres.locks.longest_blocker", ""), series(t, got, "postgres.locks.longest_wait", "")
	if blocker < wait || wait <= 0 {
		t.Errorf("blocker %v, wait %v: the blocker's transaction is the older one", blocker, wait)
	}
}

func TestPostgresRates(t *testing.T) {
	p := newPostgres(postgresTarget())
	defer p.Close()
	before := time.Now()
	_, _ = p.Read(context.Background()) // the extension may be missing
	conn := session(t, "t1")
	execute(t, conn, "create table if not exists counted (n int)")
	for range 50 {
		execute(t, conn, "insert into counted values (1)")
	}
	execute(t, conn, "begin; rollback")
	execute(t, conn, "select pg_stat_force_next_flush()")
	_ = conn.Close(context.Background()) // a session reports its counts at its end at the latest
	var commits, rolled, inserted, wal float64
	eventually.True(t, time.Minute, "the series follows", func() bool {
		began := time.Now()
		got, _ := p.Read(context.Background())
		interval := time.Since(before).Seconds() // at least that of the rates
		before = began
		for _, r := range got {
			switch {
			case r.Series == "postgres.commits" && r.Tenant == "t1":
				commits = max(commits, r.Value)
			case r.Series == "postgres.rollbacks" && r.Tenant == "t1":
				rolled = max(rolled, r.Value)
			case r.Series == "postgres.rows.inserted":
				inserted += r.Value * interval
			case r.Series == "postgres.wal":
				wal = max(wal, r.Value)
			}
		}
		return commits > 0 && rolled > 0 && inserted > 0 && wal > 0
	})
	if inserted < 50 {
		t.Errorf("%.0f rows inserted, want the 50 that were", inserted)
	}
}

// A connection that is killed costs one reading; the next is whole again.
func TestPostgresResumes(t *testing.T) {
	p := newPostgres(postgresTarget())
	defer p.Close()
	_, _ = p.Read(context.Background())
	execute(t, session(t, "postgres"), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '"+application+"'")
	readings, err := p.Read(context.Background())
	if err == nil || series(t, readings, "postgres.up", "") != 0 {
		t.Errorf("after the connection was killed: error %v, readings %v", err, readings)
	}
	readings, _ = p.Read(context.Background())
	if series(t, readings, "postgres.up", "") != 1 {
		t.Error("not up again")
	}
}

func TestNoPasswordInErrors(t *testing.T) {
	const secret = "hidden-word"
	address, _ := redisServer(t, "another-word")
	for name, p := range map[string]Probe{
		"postgres, nobody there": newPostgres(Target{DSN: "postgres://u:" + secret + "@127.0.0.1:1/x"}),
		"postgres, refused":      newPostgres(Target{DSN: hide(strings.Replace(cluster.DSN("postgres"), "postgres@", "stranger:"+secret+"@", 1))}),
		"postgres, no DSN":       newPostgres(Target{DSN: "postgres://u:" + secret + "@[::bad/x"}),
		"jobs, refused":          newJobs(Target{DSN: "host=127.0.0.1 port=1 password=" + secret}, "t1", "odoo"),
		"redis, nobody there":    newRedis(Target{URL: "redis://:" + secret + "@127.0.0.1:1/0"}),
		"redis, refused":         newRedis(Target{URL: hide("redis://:" + secret + "@" + address + "/0")}),
		"redis, no URL":          newRedis(Target{URL: "redis://:" + secret + "@[::bad/x"}),
		"ingress metrics":        newIngressMetrics(Target{URL: "http://u:" + secret + "@127.0.0.1:1/metrics"}),
		"prometheus":             newPrometheus(Target{URL: "http://u:" + secret + "@[::bad/x", Queries: []Query{{Name: "q", Expr: "up"}}}),
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_, err := p.Read(ctx)
		cancel()
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

// The standby's own view, and the primary's of it.
func TestReplication(t *testing.T) {
	standby, err := cluster.Standby()
	if err != nil {
		t.Fatal(err)
	}
	defer stopCluster(t, standby)
	primary := newPostgres(postgresTarget())
	defer primary.Close()
	replica := newPostgres(Target{Component: "shared/standby", DSN: hide(standby.DSN("postgres"))})
	defer replica.Close()
	eventually.True(t, time.Minute, "the series follows", func() bool {
		got, _ := primary.Read(context.Background())
		for _, r := range got {
			if r.Series == "postgres.standbys" {
				known(t, got)
				return r.Value == 1
			}
		}
		return false
	})
	pause, err := standby.Connect(context.Background(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer pause.Close(context.Background())
	writer := session(t, "t1")
	age := func() (float64, bool) { // of the last transaction replayed
		there, err := replica.Read(context.Background())
		if err != nil && !strings.Contains(err.Error(), "pg_stat_statements") {
			t.Fatal(err)
		}
		known(t, there)
		for _, r := range there {
			if r.Series == "postgres.replication.age" {
				return r.Value, true
			}
		}
		return 0, false
	}
	execute(t, writer, "create table if not exists replicated (n int)")
	execute(t, writer, "insert into replicated values (0)")
	eventually.Nil(t, time.Minute, "a transaction is replayed", func() error { // before that there is no age
		var replayed *time.Time
		err := pause.QueryRow(t.Context(), "select pg_last_xact_replay_timestamp()").Scan(&replayed)
		if err == nil && replayed == nil {
			err = errors.New("none")
		}
		return err
	})
	eventually.True(t, time.Minute, "the series follows", func() bool { a, ok := age(); return ok && a == 0 })
	execute(t, pause, "select pg_wal_replay_pause()")
	execute(t, writer, "insert into replicated select generate_series(1, 1000)")
	eventually.True(t, time.Minute, "the series follows", func() bool {
		here, _ := primary.Read(context.Background())
		a, ok := age()
		return series(t, here, "postgres.replication.lag_bytes", "") > 0 && ok && a > 0
	})
	execute(t, pause, "select pg_wal_replay_resume()")
	eventually.True(t, time.Minute, "the series follows", func() bool { a, ok := age(); return ok && a == 0 })
}

func stopCluster(t *testing.T, c *pgtest.Cluster) {
	t.Helper()
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

// odooTables creates the tables that the probe of background jobs reads, with a few rows
// in them.
func odooTables(tb testing.TB, conn *pgx.Conn) {
	tb.Helper()
	execute(tb, conn, `
		drop table if exists ir_cron, ir_cron_trigger, harness_outbox, stock_picking, stock_picking_type, queue_job;
		create table ir_cron (id serial, active bool, nextcall timestamp);
		create table ir_cron_trigger (cron_id int, call_at timestamp);
		create table harness_outbox (state varchar, create_date timestamp);
		create table stock_picking_type (id int, code varchar);
		create table stock_picking (state varchar, picking_type_id int, scheduled_date timestamp);
		create table queue_job (other int); -- another version's
		insert into ir_cron (active, nextcall) select b, now() at time zone 'utc' + n * interval '1 minute' from (values (true, -5), (true, -1), (true, 5), (false, -9)) as v(b, n);
		insert into ir_cron_trigger values (1, now() at time zone 'utc' - interval '10 seconds'), (1, now() at time zone 'utc' + interval '1 hour'),
			(4, 'epoch'); -- of a job that is switched off
		insert into harness_outbox values ('pending', now() at time zone 'utc' - interval '20 seconds'), ('pushed', now() at time zone 'utc'), ('done', 'epoch');
		insert into stock_picking_type values (1, 'incoming'), (2, 'outgoing');
		insert into stock_picking values ('assigned', 2, now() at time zone 'utc' + interval '1 hour'), ('done', 2, 'epoch'), ('assigned', 1, 'epoch')`)
}

func TestJobs(t *testing.T) {
	conn := session(t, "t1")
	odooTables(t, conn)
	p := newJobs(postgresTarget(), "t1", "shared/odoo")
	defer p.Close()
	got := read(t, p)
	for _, c := range []struct {
		series   string
		low, top float64
	}{
		{"jobs.cron.overdue", 2, 2}, {"jobs.cron.overdue.age", 300, 310}, {"jobs.cron.triggers", 1, 1}, {"jobs.cron.triggers.age", 10, 20},
		{"jobs.outbox", 2, 2}, {"jobs.outbox.age", 20, 30}, {"business.pickings.open", 1, 1}, {"business.pickings.open.age", 0, 0},
	} {
		if got := series(t, got, c.series, "t1"); got < c.low || got > c.top {
			t.Errorf("%s is %v, want %v to %v", c.series, got, c.low, c.top)
		}
	}
	for _, r := range got {
		if strings.HasPrefix(r.Series, "jobs.queue") || strings.HasPrefix(r.Series, "jobs.mail") {
			t.Errorf("%s is read though its table is not there", r.Series)
		}
		if r.Component != "shared/odoo" {
			t.Errorf("%s is of %s, want the Odoo that serves the tenant", r.Series, r.Component)
		}
	}
	empty := newJobs(Target{DSN: hide(cluster.DSN("db2"))}, "db2", "c")
	defer empty.Close()
	if _, err := empty.Read(context.Background()); err == nil || !strings.Contains(err.Error(), "the database has none of ir_cron") {
		t.Errorf("a database without the tables: %v", err)
	}
}

// A job whose time has not come, or that waits for another, is no backlog; a mail's
// time is a text up to Odoo 15 and a timestamp since.
func TestPostponedJobsAreNoBacklog(t *testing.T) {
	conn := session(t, "db2")
	for _, kind := range []string{"timestamp", "varchar"} {
		execute(t, conn, `
			create table queue_job (state varchar, date_created timestamp, eta timestamp);
			insert into queue_job select state, now() at time zone 'utc' - interval '10 minutes', now() at time zone 'utc' + due
			from (values ('pending', null::interval), ('enqueued', interval '-30 seconds'), ('pending', interval '1 hour'),
				('wait_dependencies', null), ('done', null), ('failed', null)) as v(state, due);
			create table mail_mail (state varchar, create_date timestamp, scheduled_date `+kind+`);
			insert into mail_mail select state, now() at time zone 'utc' - interval '10 minutes', (now() at time zone 'utc' + due)::`+kind+`
			from (values ('outgoing', null::interval), ('outgoing', interval '-20 seconds'), ('outgoing', interval '1 day'),
				('sent', null)) as v(state, due)`)
		p := newJobs(Target{DSN: hide(cluster.DSN("db2"))}, "db2", "c")
		got := read(t, p)
		for _, c := range []struct {
			series   string
			low, top float64
		}{
			{"jobs.queue", 2, 2}, {"jobs.queue.age", 600, 620}, {"jobs.queue.failed", 1, 1}, {"jobs.mail", 2, 2}, {"jobs.mail.age", 600, 620},
		} {
			if got := series(t, got, c.series, "db2"); got < c.low || got > c.top {
				t.Errorf("%s (scheduled_date %s) is %v, want %v to %v", c.series, kind, got, c.low, c.top)
			}
		}
		execute(t, conn, `delete from queue_job where eta is null; delete from mail_mail where scheduled_date is null`)
		got = read(t, p)
		if q, m := series(t, got, "jobs.queue.age", "db2"), series(t, got, "jobs.mail.age", "db2"); q < 30 || q > 50 || m < 20 || m > 40 {
			t.Errorf("ages %v and %v, want those since the jobs were due", q, m)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		execute(t, conn, `drop table queue_job, mail_mail`)
	}
}

// The probes may not be load: one reading of PostgreSQL a second stays within 1 %
// of one core of the server.
func TestPostgresProbeIsCheap(t *testing.T) {
	p := newPostgres(postgresTarget())
	defer p.Close()
	_, _ = p.Read(context.Background())
	const n = 100
	before := backendCPU(t, p.db.conn.PgConn())
	for range n {
		if _, err := p.Read(context.Background()); err != nil && !strings.Contains(err.Error(), "pg_stat_statements") {
			t.Fatal(err)
		}
	}
	if each := (backendCPU(t, p.db.conn.PgConn()) - before) / n; each > 0.010 {
		t.Errorf("one reading costs the server %.1f ms of CPU, want at most 10", each*1000)
	}
}

// backendCPU is the CPU time of the server process of a connection, in seconds.
func backendCPU(t testing.TB, conn *pgconn.PgConn) float64 {
	t.Helper()
	return cpuTime(t, int(conn.PID()))
}

// cpuTime is the CPU time of a process, in seconds.
func cpuTime(tb testing.TB, pid int) float64 {
	tb.Helper()
	process, err := procfs.NewProc(pid)
	if err != nil {
		tb.Fatal(err)
	}
	stat, err := process.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return stat.CPUTime()
}
