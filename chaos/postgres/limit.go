package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// ConnectionLimit leaves each database limit connections and ends the sessions
// there are: what a client sees when others have used up max_connections. Eating
// connections up would not do: a pooled client keeps those it has.
//
// Superusers are not limited; a database whose clients are superusers gives no
// proof.
//
// The server itself restores the limits of before when this process ends, and at the
// latest after longest (a keeper). A server that crashes keeps the limit; [Find] sees it by a mark in the
// database.
func ConnectionLimit(target Target, limit int, longest time.Duration) chaos.Fault {
	return &connectionLimit{server: server{target: target}, limit: limit, longest: longest}
}

type connectionLimit struct {
	server
	limit    int
	longest  time.Duration
	previous map[string]int
	keeper   *keeper
}

// Settings of a database that Odoo never reads. They survive a crash of ours and of the
// server's.
const (
	leftover = "odoo_harness.connection_limit" // the limit of before
	whose    = "odoo_harness.fault"            // the mark of the fault
)

// Prepare notes the limits of before.
func (f *connectionLimit) Prepare(ctx context.Context) error {
	if err := f.server.Prepare(ctx); err != nil {
		return err
	}
	if err := f.allowed(ctx, f.control, "connection-limit", ""); err != nil {
		return err
	}
	f.previous = map[string]int{}
	for _, name := range f.databases {
		var limit int
		err := f.control.QueryRow(ctx, `select datconnlimit from pg_database where datname = $1`, name).Scan(&limit)
		if err != nil {
			return fmt.Errorf("read limit of %s in %s: %w", name, f.target.Name, err)
		}
		f.previous[name] = limit
	}
	return nil
}

func (f *connectionLimit) Inject(ctx context.Context) error {
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	var revert []string
	for _, name := range f.databases {
		revert = append(revert, undo(name, f.previous[name])...)
	}
	if f.keeper, err = keep(ctx, f.target, f.longest, revert); err != nil {
		return err
	}
	owner := f.target.Mark.Now(f.longest)
	owner.Fault = cmp.Or(owner.Fault, "connection-limit")
	for _, name := range f.databases {
		quoted := pgx.Identifier{name}.Sanitize()
		for _, statement := range []string{
			fmt.Sprintf(`alter database %s set %s = '%d'`, quoted, leftover, f.previous[name]),
			fmt.Sprintf(`alter database %s set %s = %s`, quoted, whose, literal(owner.Text())),
			fmt.Sprintf(`alter database %s connection limit %d`, quoted, f.limit),
		} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("limit connections of %s in %s: %w", name, f.target.Name, err)
			}
		}
	}
	_, err = f.end(ctx, conn)
	return err
}

// state reads how many databases have the limit, and the ordinary sessions.
func (f *connectionLimit) state(ctx context.Context) (limited, sessions int, err error) {
	conn, err := f.session(ctx)
	if err != nil {
		return 0, 0, err
	}
	err = conn.QueryRow(ctx, `select count(*) from pg_database where datname = any($1) and datconnlimit = $2`,
		f.databases, f.limit).Scan(&limited)
	if err != nil {
		return 0, 0, fmt.Errorf("read limits of %s: %w", f.target.Name, err)
	}
	sessions, err = f.clients(ctx, conn)
	return limited, sessions, err
}

// InEffect shows the limit in the catalogue, and that no more sessions are there
// than it leaves.
func (f *connectionLimit) InEffect(ctx context.Context) (chaos.Proof, error) {
	limited, sessions, err := f.state(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: limited == len(f.databases) && sessions <= f.limit*len(f.databases),
		Evidence: fmt.Sprintf("%s: %d of %d databases limited to %d connections, %d sessions there",
			f.target.Name, limited, len(f.databases), f.limit, sessions),
	}, nil
}

// Recover has the server restore the limits of before, and does it again itself: the
// server may have lost its sessions in a crash.
func (f *connectionLimit) Recover(ctx context.Context) error {
	released, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	_ = f.keeper.release(released) // what follows counts
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	var problems []error
	for name, limit := range f.previous {
		problems = append(problems, restore(ctx, conn, name, limit))
	}
	return errors.Join(problems...)
}

// Close ends the sessions.
func (f *connectionLimit) Close(ctx context.Context) error {
	f.keeper.abandon(ctx)
	f.keeper = nil
	return f.server.Close(ctx)
}

// undo lists the statements that restore the limit of a database and remove the mark.
func undo(name string, limit int) []string {
	quoted := pgx.Identifier{name}.Sanitize()
	return []string{
		fmt.Sprintf(`alter database %s connection limit %d`, quoted, limit),
		fmt.Sprintf(`alter database %s reset %s`, quoted, leftover),
		fmt.Sprintf(`alter database %s reset %s`, quoted, whose),
	}
}

func restore(ctx context.Context, conn *pgx.Conn, name string, limit int) error {
	for _, statement := range undo(name, limit) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("restore connection limit of %s: %w", name, err)
		}
	}
	return nil
}

// Recovered shows the limits of before in the catalogue, and that sessions open.
func (f *connectionLimit) Recovered(ctx context.Context) (chaos.Proof, error) {
	conn, err := f.session(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	for name, want := range f.previous {
		var limit int
		err := conn.QueryRow(ctx, `select datconnlimit from pg_database where datname = $1`, name).Scan(&limit)
		if err != nil {
			return chaos.Proof{}, fmt.Errorf("read limit of %s in %s: %w", name, f.target.Name, err)
		}
		if limit != want {
			return chaos.Proof{Evidence: fmt.Sprintf("%s: %s is still limited to %d", f.target.Name, name, limit)}, nil
		}
	}
	proof, err := f.opens(ctx)
	proof.Evidence += ", limits as before"
	return proof, err
}
