package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.org/odooharness/internal/secret"
)

// application is the application_name of the probes. It separates their sessions from
// the load.
const application = "odoo-harness-telemetry"

// database is one connection. It is opened on demand, kept, and opened again after any
// error.
type database struct {
	dsn  secret.Text
	name string // overrides the database of the DSN when not empty
	conn *pgx.Conn
}

// connect returns the open connection. Errors never contain the DSN: in one that cannot
// be parsed the password could be anywhere.
func (d *database) connect(ctx context.Context) (*pgx.Conn, error) {
	if d.conn != nil && !d.conn.IsClosed() {
		return d.conn, nil
	}
	config, err := pgx.ParseConfig(d.dsn.Reveal())
	if err != nil {
		return nil, errors.New("the DSN cannot be parsed (not shown: it may hold a password)")
	}
	if d.name != "" {
		config.Database = d.name
	}
	// These settings of the session prevent a probe from changing data, and from running
	// longer than its limit.
	config.RuntimeParams["application_name"] = application
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["statement_timeout"] = "2000"
	config.RuntimeParams["lock_timeout"] = "500"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", cause(err))
	}
	d.conn = conn
	return conn, nil
}

// cause drops user and database from an error of pgx. The error of a server that is down
// is then the same for every tenant's probe.
func cause(err error) error {
	if strings.Contains(err.Error(), "unsupported startup parameter") {
		return errors.New("PgBouncer answers there: name PostgreSQL itself in the DSN")
	}
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) && failed.Unwrap() != nil {
		return failed.Unwrap()
	}
	return err
}

// drop closes the connection after an error, so that the next reading starts with a new
// one.
func (d *database) drop() {
	if d.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.conn.Close(ctx) // it was broken
	d.conn = nil
}

func (d *database) close() error {
	if d.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := d.conn.Close(ctx)
	d.conn = nil
	return err
}
