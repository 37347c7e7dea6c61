package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos/mark"
)

// Find lists the faults that a crash has left in a server: databases with the mark of a
// connection limit, paused replay, and sessions of faults. It reads only. The caller has
// the claim of the server; without it, some of them may be faults of a run.
func Find(ctx context.Context, target Target) ([]mark.Left, error) {
	conn, err := target.connectAs(ctx, "", searchName)
	if err != nil {
		return nil, err
	}
	defer shut(ctx, conn)
	limits, err1 := target.leftLimits(ctx, conn)
	replay, err2 := target.leftReplay(ctx, conn)
	sessions, err3 := target.leftSessions(ctx, conn)
	found := append(append(limits, replay...), sessions...)
	if err := errors.Join(err1, err2, err3); err != nil {
		return found, fmt.Errorf("find leftovers in %s: %w", target.Name, err)
	}
	return found, nil
}

// searchName is the application_name of a search.
const searchName = "odoo-harness-doctor"

// leftLimits finds the databases with the mark of a connection limit.
func (t Target) leftLimits(ctx context.Context, conn *pgx.Conn) ([]mark.Left, error) {
	rows, err := conn.Query(ctx, `select d.datname, d.datconnlimit,
		max(substr(setting, length($1) + 2)) filter (where split_part(setting, '=', 1) = $1),
		coalesce(max(substr(setting, length($2) + 2)) filter (where split_part(setting, '=', 1) = $2), '')
		from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c(setting)
		where s.setrole = 0 and split_part(setting, '=', 1) in ($1, $2)
		group by 1, 2 having count(*) filter (where split_part(setting, '=', 1) = $1) > 0 order by 1`, leftover, whose)
	if err != nil {
		return nil, err
	}
	type row struct {
		Database      string
		Now           int
		Before, Whose string
	}
	marked, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, err
	}
	var found []mark.Left
	for _, r := range marked {
		before, err := strconv.Atoi(r.Before)
		if err != nil {
			return found, fmt.Errorf("the limit of %s before the fault: %w", r.Database, err)
		}
		found = append(found, mark.Left{
			Mark: mark.Parse(r.Whose), Component: t.Name,
			State:  fmt.Sprintf("database %s is limited to %d connections, %d before", r.Database, r.Now, before),
			ByHand: strings.Join(undo(r.Database, before), "; "),
			Revert: t.with(func(ctx context.Context, conn *pgx.Conn) error { return restore(ctx, conn, r.Database, before) }),
		})
	}
	return found, nil
}

// leftReplay finds a standby whose replay is paused.
func (t Target) leftReplay(ctx context.Context, conn *pgx.Conn) ([]mark.Left, error) {
	var paused bool
	err := conn.QueryRow(ctx, `select case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end`).Scan(&paused)
	if err != nil || !paused {
		return nil, err
	}
	return []mark.Left{{
		Component: t.Name, State: "replay of the write-ahead log is paused", ByHand: "select pg_wal_replay_resume()",
		Revert: t.with(func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, resume)
			return err
		}),
	}}, nil
}

// leftSessions finds the sessions of faults. A lock of theirs holds until the server
// notices that their client has ended.
func (t Target) leftSessions(ctx context.Context, conn *pgx.Conn) ([]mark.Left, error) {
	rows, err := conn.Query(ctx, `select a.pid, coalesce(a.datname, ''), a.state,
		(select count(*) from pg_locks l where l.pid = a.pid and l.granted and l.locktype = 'relation'
			and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
		from pg_stat_activity a where a.application_name in ($1, $2) order by 1`, ApplicationName, KeeperName)
	if err != nil {
		return nil, err
	}
	type row struct {
		PID             int32
		Database, State string
		Locks           int
	}
	sessions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, err
	}
	var found []mark.Left
	for _, r := range sessions {
		end := fmt.Sprintf("select pg_terminate_backend(%d)", r.PID)
		found = append(found, mark.Left{
			Component: t.Name, ByHand: end,
			State: fmt.Sprintf("session %d of a fault is in database %s (%s, %d locks on tables)", r.PID, r.Database, r.State, r.Locks),
			Revert: t.with(func(ctx context.Context, conn *pgx.Conn) error {
				_, err := conn.Exec(ctx, end)
				return err
			}),
		})
	}
	return found, nil
}

// with runs a function in a session of its own.
func (t Target) with(do func(ctx context.Context, conn *pgx.Conn) error) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := t.connectAs(ctx, "", searchName)
		if err != nil {
			return err
		}
		defer shut(ctx, conn)
		return do(ctx, conn)
	}
}
