package telemetry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// slowEvery is the interval of expensive readings. The size of an Odoo database, with its
// thousands of files, costs the server 40 ms, so one is read at a time.
const slowEvery = 10 * time.Second

// postgres reads a server through the statistics views: one round trip a second.
type postgres struct {
	target   Target
	tenants  map[string]string // database -> tenant
	db       database
	rates    counters
	version  int
	standby  bool
	replicas replication
	top      statements
	slowAt   time.Time
	turn     int // of the database to be sized
}

func newPostgres(t Target) *postgres {
	return &postgres{target: t, tenants: t.tenantOf(), db: database{dsn: t.DSN}}
}

func postgresSeries() []Series {
	return []Series{
		{"postgres.up", "ratio", higher, "1 when the probe got an answer, else 0"},
		{"postgres.answer", "s", lower, "time of the probe's own round trip"},
		{"postgres.sessions", "count", none, "client sessions, without the harness's own; per tenant database too"},
		{"postgres.sessions.active", "count", none, "sessions running a statement; per tenant too"},
		{"postgres.sessions.idle_in_transaction", "count", lower,
			"sessions that hold a transaction open without running anything; per tenant too"},
		{"postgres.sessions.wait.lock", "count", lower, "active sessions waiting for a lock; per tenant too"},
		{"postgres.sessions.wait.lwlock", "count", lower, "active sessions waiting for an internal lock"},
		{"postgres.sessions.wait.io", "count", lower, "active sessions waiting for disk"},
		{"postgres.sessions.wait.other", "count", lower, "active sessions waiting for anything else but the client"},
		{"postgres.sessions.limit", "count", none, "max_connections"},
		{"postgres.transactions.longest", "s", lower, "age of the oldest open transaction; per tenant too"},
		{"postgres.locks.longest_wait", "s", lower, "how long the longest waiter has waited for its lock"},
		{"postgres.locks.longest_blocker", "s", lower, "age of the oldest transaction that others wait for"},
		{"postgres.commits", "1/s", none, "transactions committed; per tenant too"},
		{"postgres.rollbacks", "1/s", lower, "transactions rolled back, each retry of Odoo is one; per tenant too"},
		{"postgres.deadlocks", "1/s", lower, "deadlocks broken"},
		{"postgres.conflicts", "1/s", lower, "queries cancelled by recovery (standby)"},
		{"postgres.rows.read", "1/s", none, "rows scanned (tup_returned)"},
		{"postgres.rows.fetched", "1/s", none, "rows fetched by index"},
		{"postgres.rows.inserted", "1/s", none, "rows inserted"},
		{"postgres.rows.updated", "1/s", none, "rows updated"},
		{"postgres.rows.deleted", "1/s", none, "rows deleted"},
		{"postgres.blocks.read", "1/s", lower, "blocks that were not in shared buffers"},
		{"postgres.blocks.hit_ratio", "ratio", higher, "share of blocks found in shared buffers"},
		{"postgres.temp_bytes", "bytes/s", lower, "written to temporary files"},
		{"postgres.checkpoints", "1/s", lower, "checkpoints begun, timed and requested"},
		{"postgres.wal", "bytes/s", none, "write-ahead log written (standby: replayed)"},
		{"postgres.size", "bytes", none, "size of the tenant's database (one every 10 s, in turn)"},
	}
}

func (p *postgres) Name() string { return "postgres " + p.target.Component }
func (p *postgres) Close() error { return p.db.close() }

func (p *postgres) Read(ctx context.Context) ([]Reading, error) {
	g := gather{component: p.target.Component}
	began := time.Now()
	err := p.read(ctx, &g)
	if err != nil && p.db.conn == nil {
		g.add("postgres.up", 0)
		return g.readings, err
	}
	g.add("postgres.up", 1)
	g.add("postgres.answer", time.Since(began).Seconds())
	return g.readings, err
}

func (p *postgres) read(ctx context.Context, g *gather) error {
	fresh := p.db.conn == nil
	conn, err := p.db.connect(ctx)
	if err != nil {
		return err
	}
	if fresh {
		if err := p.readFixed(ctx, conn); err != nil {
			p.db.drop()
			return err
		}
	}
	now := time.Now()
	p.rates.begin(now)
	slow := now.Sub(p.slowAt) >= slowEvery
	batch := &pgx.Batch{}
	batch.Queue(sessionsSQL, application).Query(func(rows pgx.Rows) error { return p.sessions(rows, g) })
	batch.Queue(locksSQL).QueryRow(func(row pgx.Row) error { return p.locks(row, g) })
	batch.Queue(databasesSQL).Query(func(rows pgx.Rows) error { return p.databases(rows, g) })
	batch.Queue(p.walSQL()).QueryRow(func(row pgx.Row) error { return p.wal(row, g) })
	p.replicas.queue(batch, p.standby, g)
	if slow {
		batch.Queue(sizeSQL, p.nextDatabase()).Query(func(rows pgx.Rows) error { return p.sizes(rows, g) })
	}
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		p.db.drop()
		return fmt.Errorf("read statistics: %w", err)
	}
	p.rates.end()
	if slow {
		p.slowAt = now
		return p.top.read(ctx, conn, p.tenants, g)
	}
	return nil
}

// readFixed reads what does not change during a connection.
func (p *postgres) readFixed(ctx context.Context, conn *pgx.Conn) error {
	err := conn.QueryRow(ctx, `select current_setting('server_version_num')::int, pg_is_in_recovery()`).
		Scan(&p.version, &p.standby)
	if err != nil {
		return fmt.Errorf("read the version: %w", err)
	}
	if p.version < 120000 {
		return errors.New("PostgreSQL before 12 is not read")
	}
	p.top.reset()
	return nil
}

// Sessions by database. An age is that of the oldest open transaction. The keeper of a
// fault (package chaos/postgres) waits for a lock all the time and is left out.
const sessionsSQL = `
select coalesce(datname, ''), count(*),
  count(*) filter (where state = 'active'),
  count(*) filter (where state like 'idle in transaction%'),
  count(*) filter (where state = 'active' and wait_event_type = 'Lock'),
  count(*) filter (where state = 'active' and wait_event_type = 'LWLock'),
  count(*) filter (where state = 'active' and wait_event_type = 'IO'),
  count(*) filter (where state = 'active' and wait_event_type is not null
                     and wait_event_type not in ('Lock', 'LWLock', 'IO', 'Client')),
  coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8,
  current_setting('max_connections')::float8
from pg_stat_activity
where backend_type = 'client backend' and application_name not in ($1, 'odoo-harness-keeper')
group by 1`

func (p *postgres) sessions(rows pgx.Rows, g *gather) error {
	var sum [7]float64
	var oldest, limit float64
	for rows.Next() {
		var db string
		var n [7]float64
		var age float64
		if err := rows.Scan(&db, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &age, &limit); err != nil {
			return err
		}
		for i := range n {
			sum[i] += n[i]
		}
		oldest = max(oldest, age)
		if tenant, ok := p.tenants[db]; ok {
			g.addTenant("postgres.sessions", tenant, n[0])
			g.addTenant("postgres.sessions.active", tenant, n[1])
			g.addTenant("postgres.sessions.idle_in_transaction", tenant, n[2])
			g.addTenant("postgres.sessions.wait.lock", tenant, n[3])
			g.addTenant("postgres.transactions.longest", tenant, age)
		}
	}
	for i, name := range []string{"", ".active", ".idle_in_transaction", ".wait.lock", ".wait.lwlock", ".wait.io", ".wait.other"} {
		g.add("postgres.sessions"+name, sum[i])
	}
	g.add("postgres.transactions.longest", oldest)
	if limit > 0 {
		g.add("postgres.sessions.limit", limit)
	}
	return rows.Err()
}

// pg_blocking_pids acquires the lock manager's own locks, so it is called only for
// waiters. In calm times there are none.
const locksSQL = `
with waiting as materialized (
  select pid, query_start from pg_stat_activity
  where wait_event_type = 'Lock' and application_name <> 'odoo-harness-keeper'
)
select
  coalesce((select max(extract(epoch from clock_timestamp() - w.query_start)) from waiting w), 0)::float8,
  coalesce((select max(extract(epoch from clock_timestamp() - b.xact_start))
    from waiting w cross join lateral unnest(pg_blocking_pids(w.pid)) as p(pid)
    join pg_stat_activity b on b.pid = p.pid), 0)::float8`

func (p *postgres) locks(row pgx.Row, g *gather) error {
	var waited, blocker float64
	if err := row.Scan(&waited, &blocker); err != nil {
		return err
	}
	g.add("postgres.locks.longest_wait", waited)
	g.add("postgres.locks.longest_blocker", blocker)
	return nil
}
