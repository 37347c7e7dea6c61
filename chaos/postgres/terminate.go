package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// TerminateBackends ends every client session of the databases at once. The
// clients may connect again at once: what is lost is what was in flight.
func TerminateBackends(target Target) chaos.Fault {
	return &terminate{server: server{target: target}}
}

type terminate struct {
	server
	ended []backend
}

// Prepare verifies that sessions may be terminated.
func (f *terminate) Prepare(ctx context.Context) error {
	if err := f.server.Prepare(ctx); err != nil {
		return err
	}
	return f.allowed(ctx, f.control, "terminate-backends", `select pg_has_role(current_user, 'pg_signal_backend', 'usage')
		and pg_has_role(current_user, 'pg_read_all_stats', 'usage')`)
}

// backend is one session; its start distinguishes it from a later one with its number.
type backend struct {
	PID   int32
	Start string
}

// end terminates the client sessions of the databases. They are chosen first, in
// a materialised step: PostgreSQL may evaluate the conditions of one WHERE in any
// order, and a termination among them would hit other databases' sessions.
func (s *server) end(ctx context.Context, conn *pgx.Conn) ([]backend, error) {
	rows, err := conn.Query(ctx, `with hit as materialized (
			select pid, backend_start::text as start from pg_stat_activity
			where datname = any($1) and backend_type = 'client backend' and application_name <> $2)
		select pid, start from hit where pg_terminate_backend(pid)`, s.databases, ApplicationName)
	if err != nil {
		return nil, fmt.Errorf("terminate sessions of %s: %w", s.target.Name, err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowToStructByPos[backend])
	if err != nil {
		return nil, fmt.Errorf("terminate sessions of %s: %w", s.target.Name, err)
	}
	return ended, nil
}

func (f *terminate) Inject(ctx context.Context) error {
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	f.ended, err = f.end(ctx, conn)
	return err
}

// InEffect shows that the sessions that were there have ended.
func (f *terminate) InEffect(ctx context.Context) (chaos.Proof, error) {
	if len(f.ended) == 0 {
		return chaos.Proof{Evidence: f.target.Name + ": there was no session to terminate"}, nil
	}
	conn, err := f.session(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	pids, starts := make([]int32, len(f.ended)), make([]string, len(f.ended))
	for i, b := range f.ended {
		pids[i], starts[i] = b.PID, b.Start
	}
	var left int
	err = conn.QueryRow(ctx, `select count(*) from pg_stat_activity a
		join unnest($1::int[], $2::text[]) e(pid, start) on a.pid = e.pid and a.backend_start::text = e.start`,
		pids, starts).Scan(&left)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("read sessions of %s: %w", f.target.Name, err)
	}
	return chaos.Proof{
		Shown:    left == 0,
		Evidence: fmt.Sprintf("%s: %d of %d sessions have ended", f.target.Name, len(f.ended)-left, len(f.ended)),
	}, nil
}

// Recover has nothing to revert.
func (f *terminate) Recover(context.Context) error { return nil }

func (f *terminate) Recovered(ctx context.Context) (chaos.Proof, error) { return f.opens(ctx) }
