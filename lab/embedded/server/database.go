package server

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.org/odooharness/lab/embedded/weakness"
)

// database is one tenant's.
type database struct {
	name  string
	pool  *pgxpool.Pool
	leaks *leaks // nil without the weakness
}

// openDatabase prepares a pool of one connection a worker; nothing is connected
// yet, as Odoo starts without its PostgreSQL too.
func openDatabase(ctx context.Context, c Config, name string) (*database, error) {
	u, err := url.Parse(c.Postgres)
	if err != nil {
		return nil, fmt.Errorf("read the embedded target's DSN: %w", err)
	}
	u.Path = "/" + name
	config, err := pgxpool.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("read the embedded target's DSN: %w", err)
	}
	config.MaxConns = int32(c.Workers) // a small number
	config.MinConns = 0
	config.HealthCheckPeriod = time.Hour
	config.ConnConfig.RuntimeParams["application_name"] = fmt.Sprintf("odoo-%d", os.Getpid())
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	// A pooled connection that broke is noticed and replaced, as in Odoo's pool. What
	// is in flight is lost.
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return true }
	db := &database{name: name}
	if c.has(weakness.LeakyConnections) {
		db.leaks = newLeaks()
		config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
		config.MinConns = config.MaxConns // of a full pool every connection breaks, however calm it was
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open database %s: %w", name, err)
	}
	return db, nil
}

func (d *database) close() {
	if d == nil || d.pool == nil {
		return
	}
	if d.leaks != nil {
		d.leaks.close()
	}
	d.pool.Close()
}
