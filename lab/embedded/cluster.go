package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/lab"
)

// templateDB is the database that tenants are cloned from.
const templateDB = lab.TemplateDatabase

// cluster is one PostgreSQL server with its data directory.
type cluster struct {
	tools   tools
	secrets secrets
	dir     string
	address string
	tenants []string
	limits  map[string]lab.Limit
	cloned  *atomic.Bool // the tenants' databases are there
}

// command is the server in the foreground. Nothing is synced to disk: what a lab
// loses with the machine's power it may lose, what a killed process wrote it has.
func (p *cluster) command() *exec.Cmd {
	host, port, err := net.SplitHostPort(p.address)
	if err != nil {
		host, port = p.address, "0" // refused by the server, with the address in its log
	}
	settings := []string{"listen_addresses=" + host, "port=" + port, "unix_socket_directories=", "fsync=off",
		"full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_connections=100", "shared_buffers=64MB",
		"min_wal_size=16MB", "max_wal_size=256MB", "log_lock_waits=on", "jit=off", "timezone=UTC", "log_timezone=UTC",
		"log_line_prefix=%m [%p] %q%u@%d "}
	if p.tools.statements() {
		settings = append(settings, "shared_preload_libraries=pg_stat_statements")
	}
	args := []string{"-D", p.dir}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	//nolint:noctx // its owner ends it by signals; the program was found
	return p.tools.user.as(exec.Command(filepath.Join(p.tools.postgres, "postgres"), args...))
}

// statements reports whether pg_stat_statements is installed.
func (t tools) statements() bool {
	_, err := os.Stat(filepath.Join(t.postgres, "../lib/pg_stat_statements.so"))
	return err == nil
}

// dsn reaches a database at an address: the server's own, or that of its edge.
func (p *cluster) dsn(role, address, database string) string {
	password := p.secrets.Odoo
	if role == "postgres" {
		password = p.secrets.Postgres
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: address, Path: "/" + database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// do runs f on a connection.
func (p *cluster) do(ctx context.Context, role, database string, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, p.dsn(role, p.address, database))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", database, err)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return errors.Join(f(conn), conn.Close(closing))
}

// ready is one try to get an answer. The first that succeeds clones the tenants.
func (p *cluster) ready(ctx context.Context) error {
	if err := p.do(ctx, "postgres", "postgres", func(conn *pgx.Conn) error { return conn.Ping(ctx) }); err != nil {
		return err
	}
	if p.cloned.Load() {
		return nil
	}
	// A try is short, cloning may take longer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyLimit)
	defer cancel()
	err := p.do(ctx, "postgres", "postgres", func(conn *pgx.Conn) error { return p.clone(ctx, conn) })
	p.cloned.Store(err == nil)
	return err
}

func (p *cluster) clone(ctx context.Context, conn *pgx.Conn) error {
	strategy := ""
	if p.tools.major >= 15 {
		strategy = " strategy wal_log" // by file it would wait for two checkpoints
	}
	for _, tenant := range p.tenants {
		var there bool
		if err := conn.QueryRow(ctx, `select exists (select from pg_database
			where datname = $1)`, tenant).Scan(&there); err != nil {
			return err
		}
		if there {
			continue
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("create database %s owner odoo template %s%s",
			pgx.Identifier{tenant}.Sanitize(), templateDB, strategy))
		if err != nil {
			return fmt.Errorf("clone the template to %s: %w", tenant, err)
		}
		for _, sql := range p.limits[tenant].Statements(tenant) {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("limit %s: %w", tenant, err)
			}
		}
	}
	return nil
}
