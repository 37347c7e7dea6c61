package odoostack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/lab/odoostack/debian"
)

// postgres is one PostgreSQL server of a stack.
type postgres struct {
	root     *debian.Root
	stack    string // folder of the stack on the host
	data     string // folder name of its data directory: postgres, standby
	port     int
	bufferMB int
	extra    []string // settings of a build step, such as fsync=off; a lab under test has none
	primary  int      // standby: port of the edge to its primary, else 0
	// synchronous: a commit waits until the standby has written it to its disk.
	synchronous bool
	walBytes    int64 // size of a file system for its log alone, 0: none
	archive     bool  // finished segments of the write-ahead log go to archiveFolder
	cgroups     []string
	passwords   passwords
}

// passwords of the two roles, made once with the template.
type passwords struct {
	Postgres string `json:"postgres"`
	Odoo     string `json:"odoo"`
}

// config is the whole postgresql.conf: what is not here is PostgreSQL's default.
func (p *postgres) config() string {
	text := fmt.Sprintf(`# Written by the lab; one file a server, read at start.
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = '/tmp'
max_connections = 100
shared_buffers = %dMB
%s
# A stack may have a standby; the write-ahead log is the same without one.
wal_level = replica
max_wal_senders = 5
hot_standby = on
min_wal_size = 32MB
max_wal_size = %dMB
shared_preload_libraries = 'pg_stat_statements'
log_lock_waits = on
log_line_prefix = '%%m [%%p] %%q%%u@%%d '
log_destination = 'stderr'
`, p.port, p.bufferMB, versionSettings(versionOf(p.root)), p.maxWAL()>>20)
	if p.archive {
		text += archiving
	}
	if p.synchronous && p.primary == 0 {
		text += "synchronous_standby_names = 'standby'\n"
	}
	if p.primary != 0 {
		text += fmt.Sprintf("primary_conninfo = '%s application_name=standby'\nprimary_slot_name = '%s'\n",
			conninfo("postgres", p.passwords.Postgres, p.primary), standbySlot)
	}
	return text
}

// versionSettings are what PostgreSQL 14 and later have, and what 13 has another default of.
func versionSettings(v version) string {
	if v.old {
		return `# As later versions do.
password_encryption = 'scram-sha-256'`
	}
	return `# Crash recovery would else sync every one of ~10,000 small files: 20 s for 1.5 s.
recovery_init_sync_method = syncfs`
}

// archiveFolder is where finished segments of the write-ahead log go.
const archiveFolder = "archive"

// archiving copies and then renames: a segment that is there is whole. The
// timeout bounds what the loss of the whole server can cost.
const archiving = `archive_mode = on
archive_command = 'cp %p ` + debian.Inside + "/" + archiveFolder + `/%f.part && mv ` +
	debian.Inside + "/" + archiveFolder + `/%f.part ` +
	debian.Inside + "/" + archiveFolder + `/%f'
archive_timeout = 5
`

// conninfo is libpq's form of an address, for replication.
func conninfo(role, password string, port int) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s", port, role, password)
}

// hba admits connections with a password, from this machine.
func (p *postgres) hba() string {
	return `# Written by the lab.
local all         all               scram-sha-256
host  all         all 127.0.0.1/32  scram-sha-256
host  replication all 127.0.0.1/32  scram-sha-256
`
}

// command is the server in the foreground.
func (p *postgres) command() *exec.Cmd {
	argv := []string{"postgres", "-D", debian.Inside + "/" + p.data}
	for _, setting := range p.extra {
		argv = append(argv, "-c", setting)
	}
	return p.root.Command("postgres", p.stack, p.cgroups, nil, argv...)
}

// configure writes the two files into the data directory.
func (p *postgres) configure() error {
	dir := filepath.Join(p.stack, p.data)
	return errors.Join(
		p.root.Write("postgres", filepath.Join(dir, "postgresql.conf"), p.config()),
		p.root.Write("postgres", filepath.Join(dir, "pg_hba.conf"), p.hba()),
	)
}

// dsn reaches a database past every proxy.
func (p *postgres) dsn(role, database string) string {
	password := p.passwords.Odoo
	if role == "postgres" {
		password = p.passwords.Postgres
	}
	return postgresURL(role, password, p.port, database)
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func postgresURL(role, password string, port int, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password),
		Host: loopback(port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// ready is one try to get an answer.
func (p *postgres) ready(ctx context.Context) error {
	return p.do(ctx, "postgres", func(c *pgx.Conn) error { return c.Ping(ctx) })
}

// do runs f on a superuser's connection.
func (p *postgres) do(ctx context.Context, database string, f func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, p.dsn("postgres", database))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", database, err)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(f(c), c.Close(closing))
}

// during runs f while the server runs, for the builds that need one.
func (p *postgres) during(ctx context.Context, f func() error) (err error) {
	var output bytes.Buffer
	server, err := start(p.command(), &output)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer func() {
		// SIGINT is PostgreSQL's fast shutdown: it writes a checkpoint and ends.
		if stopErr := server.stop(os.Interrupt, 60*time.Second); stopErr != nil {
			err = errors.Join(err, fmt.Errorf("stop PostgreSQL: %w", stopErr))
		}
		if err != nil {
			err = fmt.Errorf("%w\nlog of PostgreSQL:\n%s", err, debian.LastLines(output.String(), 8))
		}
	}()
	if err := server.until(ctx, 30*time.Second, p.ready); err != nil {
		return fmt.Errorf("wait for PostgreSQL: %w", err)
	}
	return f()
}
