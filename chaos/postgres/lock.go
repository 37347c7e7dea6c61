package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// LockTable holds a lock on a table, in a transaction of its own in each
// database: what a migration, a report or a forgotten session does. An empty
// mode is ACCESS EXCLUSIVE. The server itself ends the transaction after limit,
// whatever becomes of us.
func LockTable(target Target, table, mode string, limit time.Duration) chaos.Fault {
	if mode == "" {
		mode = "ACCESS EXCLUSIVE"
	}
	return &lock{server: server{target: target}, table: table, mode: strings.ToUpper(mode), limit: limit}
}

type lock struct {
	server
	table, mode string
	limit       time.Duration
	holders     []holder
}

type holder struct {
	database string
	conn     *pgx.Conn
	pid      uint32
}

// lockWait bounds the wait for the lock, which blocks every later session already.
const lockWait = 10 * time.Second

// Prepare opens the holders' sessions and finds the table.
func (f *lock) Prepare(ctx context.Context) error {
	if err := f.server.Prepare(ctx); err != nil {
		return err
	}
	for _, name := range f.databases {
		conn, err := f.target.connect(ctx, name)
		if err != nil {
			return err
		}
		var there bool
		err = conn.QueryRow(ctx, `select to_regclass($1) is not null`, f.quoted()).Scan(&there)
		if err == nil && !there && len(f.target.Databases) == 0 {
			shut(ctx, conn) // a database without Odoo
			continue
		}
		if err == nil && !there {
			err = fmt.Errorf("database %s has no table %s", name, f.table)
		}
		if err != nil {
			shut(ctx, conn)
			return fmt.Errorf("prepare lock on %s: %w", f.target.Name, err)
		}
		if err := f.allowed(ctx, conn, "lock-table", `select has_table_privilege($1, 'TRUNCATE')`, f.quoted()); err != nil {
			shut(ctx, conn)
			return fmt.Errorf("database %s: %w", name, err)
		}
		f.holders = append(f.holders, holder{database: name, conn: conn, pid: conn.PgConn().PID()})
	}
	if len(f.holders) == 0 {
		return fmt.Errorf("no database of %s has a table %s", f.target.Name, f.table)
	}
	return nil
}

func (f *lock) quoted() string { return pgx.Identifier(strings.Split(f.table, ".")).Sanitize() }

// Inject takes the locks.
func (f *lock) Inject(ctx context.Context) error {
	for _, h := range f.holders {
		statements := fmt.Sprintf(`begin; set local idle_in_transaction_session_timeout = %d;
			set local lock_timeout = %d; lock table %s in %s mode`,
			f.limit.Milliseconds(), lockWait.Milliseconds(), f.quoted(), f.mode)
		if _, err := h.conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
			return fmt.Errorf("lock %s in %s of %s: %w", f.table, h.database, f.target.Name, err)
		}
	}
	return nil
}

// held counts our granted locks on the table, and the sessions that wait for us.
func (f *lock) held(ctx context.Context) (held, waiting int, err error) {
	conn, err := f.session(ctx)
	if err != nil {
		return 0, 0, err
	}
	pids := make([]int32, len(f.holders))
	for i, h := range f.holders {
		pids[i] = int32(h.pid)
	}
	// The mode reads AccessExclusiveLock in pg_locks.
	mode := strings.ReplaceAll(f.mode, " ", "") + "LOCK"
	err = conn.QueryRow(ctx, `select
		(select count(*) from pg_locks l join pg_stat_activity a using (pid)
			where l.pid = any($1) and l.granted and l.locktype = 'relation' and upper(l.mode) = $2
			and a.application_name = $3 and a.datid = l.database),
		(select count(*) from pg_stat_activity where wait_event_type = 'Lock' and pg_blocking_pids(pid) && $1)`,
		pids, mode, ApplicationName).Scan(&held, &waiting)
	if err != nil {
		return 0, 0, fmt.Errorf("read locks of %s: %w", f.target.Name, err)
	}
	return held, waiting, nil
}

func (f *lock) InEffect(ctx context.Context) (chaos.Proof, error) {
	held, waiting, err := f.held(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: held >= len(f.holders) && held > 0,
		Evidence: fmt.Sprintf("%s: %d of %d locks %s on %s held, %d sessions wait for them",
			f.target.Name, held, len(f.holders), f.mode, f.table, waiting),
	}, nil
}

// Recover ends the transactions. A session that does not answer is closed,
// which ends its transaction as well.
func (f *lock) Recover(ctx context.Context) error {
	var problems []error
	for _, h := range f.holders {
		if h.conn.IsClosed() {
			continue
		}
		if _, err := h.conn.Exec(ctx, `rollback`); err != nil {
			shut(ctx, h.conn)
			problems = append(problems, f.terminate(ctx, h))
		}
	}
	return errors.Join(problems...)
}

// terminate ends a holder from outside.
func (f *lock) terminate(ctx context.Context, h holder) error {
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `select pg_terminate_backend(pid) from pg_stat_activity
		where pid = $1 and application_name = $2`, int32(h.pid), ApplicationName)
	if err != nil {
		return fmt.Errorf("end lock holder in %s of %s: %w", h.database, f.target.Name, err)
	}
	return nil
}

func (f *lock) Recovered(ctx context.Context) (chaos.Proof, error) {
	held, waiting, err := f.held(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: held == 0 && waiting == 0,
		Evidence: fmt.Sprintf("%s: %d locks on %s held, %d sessions wait for them",
			f.target.Name, held, f.table, waiting),
	}, nil
}

func (f *lock) Close(ctx context.Context) error {
	for _, h := range f.holders {
		shut(ctx, h.conn)
	}
	f.holders = nil
	return f.server.Close(ctx)
}
