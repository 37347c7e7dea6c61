package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.org/odooharness/results"
)

// statementLimit bounds one query. The audit does not wait for a database that is still
// unhealthy, nor for a table that is still locked.
const statementLimit = 60 * time.Second

// snapshot is a read-only view of one tenant's database at one instant. Every query sees
// the same state, even while jobs still drain.
type snapshot struct {
	conn   *pgx.Conn
	tx     pgx.Tx
	schema schema
}

// open connects and starts the snapshot. Its errors never contain the DSN.
func open(ctx context.Context, tenant Tenant) (*snapshot, error) {
	if tenant.DSN == "" {
		return nil, errors.New("no DSN: the database cannot be read")
	}
	config, err := pgx.ParseConfig(tenant.DSN.Reveal())
	if err != nil {
		return nil, errors.New("the DSN cannot be parsed (not shown: it may hold a password)")
	}
	if tenant.Database != "" && config.Database != tenant.Database {
		return nil, fmt.Errorf("the DSN leads to database %q, and the tenant's is %q: name that in the DSN",
			config.Database, tenant.Database)
	}
	config.RuntimeParams["application_name"] = "odoo-harness-audit"
	config.RuntimeParams["timezone"] = "UTC"
	for name, value := range map[string]string{
		"statement_timeout": fmt.Sprint(statementLimit.Milliseconds()), "lock_timeout": "10000",
	} {
		if config.RuntimeParams[name] == "" { // else the DSN's own
			config.RuntimeParams[name] = value
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		if strings.Contains(err.Error(), "unsupported startup parameter") {
			return nil, errors.New("connect: PgBouncer answers there: name PostgreSQL itself in the DSN")
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &snapshot{conn: conn}
	s.tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err == nil {
		err = s.readSchema(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take a snapshot: %w", err), s.close(ctx))
	}
	return s, nil
}

// close ends the snapshot. It has its own time limit: ctx may be over.
func (s *snapshot) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if s.tx != nil {
		// Nothing was written; closing the connection ends it in any case.
		_ = s.tx.Rollback(ctx)
	}
	if err := s.conn.Close(ctx); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// query runs one query behind a savepoint, so that a failure does not affect the others.
func (s *snapshot) query(ctx context.Context, each func(pgx.Rows) error, sql string, args ...any) error {
	inner, err := s.tx.Begin(ctx)
	if err != nil {
		return err
	}
	err = func() error {
		rows, err := inner.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}()
	if err := errors.Join(err, inner.Rollback(ctx)); err != nil {
		return slow(err)
	}
	return nil
}

// slow describes the two limits that a query can exceed.
func slow(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57014":
			return fmt.Errorf("not answered in time: %w", err)
		case "55P03":
			return fmt.Errorf("a table is locked by others: %w", err)
		}
	}
	return err
}

// seen returns how often the write of each reference was done.
func (s *snapshot) seen(ctx context.Context, op results.Op, refs []string) (map[string]int, error) {
	question, ok := operations()[op]
	if !ok {
		return nil, errors.New("is no operation that can be read back")
	}
	if missing := s.schema.missing(question.needs); missing != "" {
		return nil, fmt.Errorf("there is no %s", missing)
	}
	found := make(map[string]int, len(refs))
	err := s.query(ctx, func(rows pgx.Rows) error {
		var ref string
		var n int
		if err := rows.Scan(&ref, &n); err != nil {
			return err
		}
		found[ref] += n
		return nil
	}, question.sql(s.schema), refs)
	return found, err
}
