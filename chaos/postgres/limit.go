package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// ConnectionLimit leaves each database limit connections and ends the sessions
// there are: what a client sees when others have used up max_connections. Eating
// connections up would not do: a pooled client keeps those it has.
//
// Superusers are not limited; a database whose clients are superusers gives no
// proof.
func ConnectionLimit(target Target, limit int) chaos.Fault {
	return &connectionLimit{server: server{target: target}, limit: limit}
}

type connectionLimit struct {
	server
	limit    int
	previous map[string]int
}

// leftover is a database setting that keeps the limit of before: it survives a
// crash of ours and of the server's, and Odoo never reads it.
const leftover = "odoo_harness.connection_limit"

// Prepare notes the limits of before.
func (f *connectionLimit) Prepare(ctx context.Context) error {
	if err := f.server.Prepare(ctx); err != nil {
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
	for _, name := range f.databases {
		quoted := pgx.Identifier{name}.Sanitize()
		for _, statement := range []string{
			fmt.Sprintf(`alter database %s set %s = '%d'`, quoted, leftover, f.previous[name]),
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

// Recover restores the limits of before.
func (f *connectionLimit) Recover(ctx context.Context) error {
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

func restore(ctx context.Context, conn *pgx.Conn, name string, limit int) error {
	quoted := pgx.Identifier{name}.Sanitize()
	for _, statement := range []string{
		fmt.Sprintf(`alter database %s connection limit %d`, quoted, limit),
		fmt.Sprintf(`alter database %s reset %s`, quoted, leftover),
	} {
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

// Sweep restores the connection limits that a crash left behind, and returns
// what it did.
func Sweep(ctx context.Context, target Target) ([]string, error) {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return nil, err
	}
	defer shut(ctx, conn)
	rows, err := conn.Query(ctx, `select d.datname, split_part(c.setting, '=', 2)
		from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c(setting)
		where s.setrole = 0 and split_part(c.setting, '=', 1) = $1`, leftover)
	if err != nil {
		return nil, fmt.Errorf("find leftovers in %s: %w", target.Name, err)
	}
	type left struct{ Database, Limit string }
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[left])
	if err != nil {
		return nil, fmt.Errorf("find leftovers in %s: %w", target.Name, err)
	}
	var done []string
	for _, l := range found {
		limit, err := strconv.Atoi(l.Limit)
		if err != nil {
			return done, fmt.Errorf("leftover of %s in %s: %w", l.Database, target.Name, err)
		}
		if err := restore(ctx, conn, l.Database, limit); err != nil {
			return done, err
		}
		done = append(done, fmt.Sprintf("%s: connection limit of %s restored to %d", target.Name, l.Database, limit))
	}
	return done, nil
}
