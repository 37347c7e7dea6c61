package telemetry

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

const databasesSQL = `
select datname, xact_commit::float8, xact_rollback::float8, deadlocks::float8, conflicts::float8,
  tup_returned::float8, tup_fetched::float8, tup_inserted::float8, tup_updated::float8, tup_deleted::float8,
  blks_read::float8, blks_hit::float8, temp_bytes::float8
from pg_stat_database where datname is not null`

// databases turns the counts of every database into rates. A new database counts from
// its second reading.
func (p *postgres) databases(rows pgx.Rows, g *gather) error {
	names := []string{"commits", "rollbacks", "deadlocks", "conflicts", "rows.read", "rows.fetched", "rows.inserted",
		"rows.updated", "rows.deleted", "blocks.read", "blocks.hit", "temp_bytes"}
	sum := make([]float64, len(names))
	known := make([]bool, len(names))
	for rows.Next() {
		var db string
		n := make([]float64, len(names))
		into := []any{&db}
		for i := range n {
			into = append(into, &n[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, name := range names {
			rate, ok := p.rates.rate(db+" "+name, n[i])
			if !ok {
				continue
			}
			sum[i] += rate
			known[i] = true
			if tenant, ours := p.tenants[db]; ours && i < 2 {
				g.addTenant("postgres."+name, tenant, rate)
			}
		}
	}
	for i, name := range names {
		if known[i] && name != "blocks.hit" {
			g.add("postgres."+name, sum[i])
		}
	}
	read, hit := sum[9], sum[10]
	if known[10] && read+hit > 0 {
		g.add("postgres.blocks.hit_ratio", hit/(read+hit))
	}
	return rows.Err()
}

// walSQL reads checkpoints and the position of the log. PostgreSQL 17 moved the
// checkpoints to a view of their own. A standby has only a position of replay.
func (p *postgres) walSQL() string {
	checkpoints := `select checkpoints_timed + checkpoints_req from pg_stat_bgwriter`
	if p.version >= 170000 {
		checkpoints = `select num_timed + num_requested from pg_stat_checkpointer`
	}
	position := `pg_current_wal_lsn()`
	if p.standby {
		position = `coalesce(pg_last_wal_replay_lsn(), '0/0')`
	}
	return `select (` + checkpoints + `)::float8, pg_wal_lsn_diff(` + position + `, '0/0')::float8`
}

func (p *postgres) wal(row pgx.Row, g *gather) error {
	var checkpoints, position float64
	if err := row.Scan(&checkpoints, &position); err != nil {
		return err
	}
	g.addRate(&p.rates, "postgres.checkpoints", checkpoints)
	g.addRate(&p.rates, "postgres.wal", position)
	return nil
}

const sizeSQL = `select datname, pg_database_size(oid)::float8 from pg_database where datname = $1`

// nextDatabase takes turns over the tenants' databases.
func (p *postgres) nextDatabase() string {
	names := databaseNames(p.tenants)
	if len(names) == 0 {
		return ""
	}
	p.turn++
	return names[p.turn%len(names)]
}

func (p *postgres) sizes(rows pgx.Rows, g *gather) error {
	for rows.Next() {
		var db string
		var size float64
		if err := rows.Scan(&db, &size); err != nil {
			return err
		}
		g.addTenant("postgres.size", p.tenants[db], size)
	}
	return rows.Err()
}

func databaseNames(tenants map[string]string) []string { return slices.Sorted(maps.Keys(tenants)) }
