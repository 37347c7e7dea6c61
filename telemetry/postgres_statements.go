package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// statements reads pg_stat_statements where it is installed: the use of the database's
// time, and the share of the busiest statement. It reads every 10 s, without the texts,
// which PostgreSQL would read from a file. Statements of the probe's own database count
// only when it is a tenant's. Otherwise they are mostly those of the probe.
type statements struct {
	missing bool
	known   bool
	schema  string
	rates   counters
}

func statementSeries() []Series {
	return []Series{
		{"postgres.statements.time", "ratio", lower,
			"seconds a second spent running statements (every 10 s, needs pg_stat_statements); per tenant too"},
		{"postgres.statements.calls", "1/s", none, "statements run (every 10 s); per tenant too"},
		{"postgres.statements.top_share", "ratio", none,
			"share of that time that the busiest statement takes; the label is its queryid"},
	}
}

func (s *statements) reset() { *s = statements{} }

func (s *statements) read(ctx context.Context, conn *pgx.Conn, tenants map[string]string, g *gather) error {
	if s.missing {
		return nil
	}
	if err := s.find(ctx, conn); err != nil {
		var refused *pgconn.PgError
		// Reported once a connection: it will not appear by itself.
		s.missing = errors.As(err, &refused) || errors.Is(err, pgx.ErrNoRows)
		if errors.Is(err, pgx.ErrNoRows) {
			return errors.New("cannot read pg_stat_statements: the extension is not in the probe's database")
		}
		return fmt.Errorf("cannot read pg_stat_statements: %w", err)
	}
	s.rates.begin(time.Now())
	rows, err := conn.Query(ctx, strings.ReplaceAll(statementsSQL, "SCHEMA", s.schema), databaseNames(tenants))
	if err != nil {
		return s.fail(err)
	}
	defer rows.Close()
	busy := map[string]float64{} // queryid -> time a second
	var total float64
	for rows.Next() {
		var db, id string
		var millis, calls float64
		if err := rows.Scan(&db, &id, &millis, &calls); err != nil {
			return s.fail(err)
		}
		if id == "" {
			if time := s.ofDatabase(tenants[db], db, millis, calls, g); db == "" {
				total = time
			}
			continue
		}
		if rate, ok := s.rates.rate(id, millis/1000); ok {
			busy[id] = rate
		}
	}
	if err := rows.Err(); err != nil {
		return s.fail(err)
	}
	s.rates.end()
	var top string
	for id, rate := range busy {
		if top == "" || rate > busy[top] {
			top = id
		}
	}
	if total > 0 && top != "" {
		g.addLabel("postgres.statements.top_share", top, min(busy[top]/total, 1))
	}
	return nil
}

// ofDatabase adds the readings of one database, or of all ("").
func (s *statements) ofDatabase(tenant, db string, millis, calls float64, g *gather) (time float64) {
	time, known := s.rates.rate(db+" time", millis/1000)
	count, _ := s.rates.rate(db+" calls", calls)
	if !known {
		return 0
	}
	switch {
	case db == "":
		g.add("postgres.statements.time", time)
		g.add("postgres.statements.calls", count)
	case tenant != "":
		g.addTenant("postgres.statements.time", tenant, time)
		g.addTenant("postgres.statements.calls", tenant, count)
	}
	return time
}

// find looks for the extension's schema; the function must be callable too.
func (s *statements) find(ctx context.Context, conn *pgx.Conn) error {
	if s.known {
		return nil
	}
	err := conn.QueryRow(ctx, `select quote_ident(n.nspname) from pg_extension e
		join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`).Scan(&s.schema)
	s.known = err == nil
	return err
}

func (s *statements) fail(err error) error {
	var refused *pgconn.PgError
	s.missing = errors.As(err, &refused)
	return fmt.Errorf("cannot read pg_stat_statements: %w", err)
}

// One row for all databases, one for each database, and one for each of the 20
// statements with the longest total time.
const statementsSQL = `
with s as materialized (
  select d.datname, s.queryid, s.total_exec_time, s.calls
  from SCHEMA.pg_stat_statements(false) s join pg_database d on d.oid = s.dbid
  where d.datname <> current_database() or d.datname = any($1)
)
select coalesce(datname, ''), '', sum(total_exec_time)::float8, sum(calls)::float8
from s group by grouping sets ((), (datname))
union all
(select '', queryid::text, sum(total_exec_time)::float8, sum(calls)::float8
 from s where queryid is not null group by queryid order by 3 desc limit 20)`
