package telemetry

import "github.com/jackc/pgx/v5"

// replication reads how far the standbys are behind: on the primary from the reports of
// each standby, on a standby from its own state.
type replication struct{}

func replicationSeries() []Series {
	return []Series{
		{"postgres.standbys", "count", none, "standbys that stream from this primary"},
		{"postgres.replication.write_lag", "s", lower, "primary: commit until the slowest standby has it in memory"},
		{"postgres.replication.flush_lag", "s", lower, "primary: until it is on the slowest standby's disk"},
		{"postgres.replication.replay_lag", "s", lower, "primary: until the slowest standby shows it"},
		{"postgres.replication.lag_bytes", "bytes", lower, "log that the slowest standby has not replayed"},
		{"postgres.replication.age", "s", lower,
			"standby: time since the last transaction it replayed, 0 when it has replayed all it received"},
		{"postgres.replication.slot_bytes", "bytes", lower, "primary: log kept for the slot that is furthest behind"},
	}
}

// Lags are null when nothing was sent recently: then no standby is behind.
const primarySQL = `
select count(*)::float8,
  coalesce(max(extract(epoch from write_lag)), 0)::float8,
  coalesce(max(extract(epoch from flush_lag)), 0)::float8,
  coalesce(max(extract(epoch from replay_lag)), 0)::float8,
  coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0)::float8,
  (select count(*) from pg_replication_slots)::float8,
  (select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0) from pg_replication_slots)::float8
from pg_stat_replication`

const standbySQL = `
select case when pg_last_wal_receive_lsn() is not distinct from pg_last_wal_replay_lsn() then 0
  else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8,
  coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::float8`

// queue adds the query to the batch, and its results to g.
func (replication) queue(batch *pgx.Batch, standby bool, g *gather) {
	if standby {
		batch.Queue(standbySQL).QueryRow(func(row pgx.Row) error {
			var age *float64 // none was replayed since the standby started
			var bytes float64
			if err := row.Scan(&age, &bytes); err != nil {
				return err
			}
			if age != nil {
				g.add("postgres.replication.age", *age)
			}
			g.add("postgres.replication.lag_bytes", bytes)
			return nil
		})
		return
	}
	batch.Queue(primarySQL).QueryRow(func(row pgx.Row) error {
		var standbys, write, flush, replay, bytes, slots, kept float64
		if err := row.Scan(&standbys, &write, &flush, &replay, &bytes, &slots, &kept); err != nil {
			return err
		}
		if standbys > 0 {
			g.add("postgres.replication.write_lag", write)
			g.add("postgres.replication.flush_lag", flush)
			g.add("postgres.replication.replay_lag", replay)
			g.add("postgres.replication.lag_bytes", bytes)
		}
		if slots > 0 {
			g.add("postgres.replication.slot_bytes", kept)
		}
		if standbys > 0 || slots > 0 {
			g.add("postgres.standbys", standbys)
		}
		return nil
	})
}
