package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/internal/secret"
)

// ApplicationName marks the sessions of this package in pg_stat_activity.
const ApplicationName = "odoo-harness-fault"

// Target is a PostgreSQL server and the databases in it that a fault hits.
type Target struct {
	Name      string      // component, for evidence
	DSN       secret.Text // of a role with the rights in [Rights]
	Databases []string    // that the manifest names; empty: those of the setup
	Setup     []string    // databases of the setup's tenants
	Mark      mark.Mark   // whose faults these are
}

// Hits names the databases that a fault hits, for a plan. It fails when none is known.
func (t Target) Hits() (string, error) {
	if len(t.Databases) == 0 && len(t.Setup) == 0 {
		return "", fmt.Errorf("spec.parameters.databases: missing: the setup names no database on %s; write e.g. "+
			"parameters: {databases: [shop]}", t.Name)
	}
	var own, others []string
	for _, name := range t.wanted() {
		if slices.Contains(t.Setup, name) {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	text := "no database of the setup"
	if len(own) > 0 {
		text = "the databases " + strings.Join(own, ", ")
	}
	if len(others) > 0 {
		text += ", and " + strings.Join(others, ", ") + " of no tenant (named in the manifest),"
	}
	return text + " on " + t.Name, nil
}

func (t Target) wanted() []string {
	if len(t.Databases) > 0 {
		return t.Databases
	}
	return t.Setup
}

// connect opens a session in the database; the empty name is the maintenance
// database, postgres.
func (t Target) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return t.connectAs(ctx, database, ApplicationName)
}

// connectAs is connect with an application_name.
func (t Target) connectAs(ctx context.Context, database, application string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(t.DSN.Reveal())
	if err != nil || secret.CheckURL(t.DSN) != nil {
		return nil, fmt.Errorf("read dsn of %s: %w", t.Name, secret.ErrMalformed)
	}
	if database == "" {
		database = "postgres"
	}
	config.Database = database
	config.RuntimeParams["application_name"] = application
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connectError(t.Name, err)
	}
	return conn, nil
}

// resolve returns the databases that are there. Each that the manifest names must be;
// those of the setup may be on several servers.
func (t Target) resolve(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx,
		`select datname from pg_database where not datistemplate and datallowconn and datname <> 'postgres' order by 1`)
	if err != nil {
		return nil, fmt.Errorf("list databases of %s: %w", t.Name, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list databases of %s: %w", t.Name, err)
	}
	var there []string
	for _, name := range t.wanted() {
		switch {
		case slices.Contains(found, name):
			there = append(there, name)
		case len(t.Databases) > 0:
			return nil, fmt.Errorf("%s has no database %q; it has %s", t.Name, name, strings.Join(found, ", "))
		}
	}
	if len(there) == 0 {
		return nil, fmt.Errorf("%s has no database of the setup (%s); it has %s", t.Name,
			strings.Join(t.Setup, ", "), strings.Join(found, ", "))
	}
	return there, nil
}

// shut closes a session with a bound of its own.
func shut(ctx context.Context, conn *pgx.Conn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the socket is closed in any case
}

// Ready is nil when the server answers a query.
func Ready(ctx context.Context, target Target) error {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("query %s: %w", target.Name, err)
	}
	return nil
}

// Transfer has the server send size bytes and returns how long that took.
func Transfer(ctx context.Context, dsn secret.Text, size int) (time.Duration, error) {
	conn, err := Target{Name: "postgres", DSN: dsn}.connect(ctx, "")
	if err != nil {
		return 0, err
	}
	defer shut(ctx, conn)
	start := time.Now()
	var got string
	if err := conn.QueryRow(ctx, `select repeat('x', $1)`, size).Scan(&got); err != nil {
		return 0, fmt.Errorf("transfer: %w", err)
	}
	if len(got) != size {
		return 0, fmt.Errorf("transfer: %d bytes came of %d", len(got), size)
	}
	return time.Since(start), nil
}
