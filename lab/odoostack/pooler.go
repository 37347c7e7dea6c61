package odoostack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// pooler is the PgBouncer of a stack, between Odoo and PostgreSQL. It is the host's program:
// the root of the lab has none. It may not run as root, so it runs as nobody.
type pooler struct {
	dir      string // of its files
	port     int
	server   int // port of PostgreSQL's edge
	size     int // connections to a database at the most
	password string
}

// poolerUser is the account that it runs as.
const poolerUser = "nobody"

// config is pgbouncer.ini. A connection to a tenant's database is lent for a transaction. That
// of the database postgres is lent for a session: there Odoo listens for notices (LISTEN),
// which wake its cron workers and its bus.
func (p *pooler) config() string {
	return fmt.Sprintf(`; Written by the lab.
[databases]
postgres = host=127.0.0.1 port=%[2]d pool_mode=session
* = host=127.0.0.1 port=%[2]d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %[1]d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %[3]s/userlist.txt
pool_mode = transaction
default_pool_size = %[4]d
max_client_conn = 1000
server_login_retry = 1
ignore_startup_parameters = extra_float_digits,options
admin_users = odoo
`, p.port, p.server, p.dir, p.size)
}

// makeFolder makes the folder, in the temporary one: others may not pass that of the lab.
func (p *pooler) makeFolder() (err error) {
	if p.dir, err = os.MkdirTemp("", "odoo-harness-pooler-"); err != nil {
		return fmt.Errorf("make the folder of PgBouncer: %w", err)
	}
	return nil
}

// layOut writes the files for the account.
func (p *pooler) layOut() error {
	account, err := osuser.Lookup(poolerUser)
	if err != nil {
		return fmt.Errorf("lay PgBouncer out: %w", err)
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	ini, users := filepath.Join(p.dir, "pgbouncer.ini"), filepath.Join(p.dir, "userlist.txt")
	return errors.Join(err1, err2,
		os.WriteFile(ini, []byte(p.config()), 0o600), os.Chown(ini, uid, gid),
		os.WriteFile(users, []byte(fmt.Sprintf("%q %q\n", "odoo", p.password)), 0o600), os.Chown(users, uid, gid),
		os.Chown(p.dir, uid, gid))
}

// argv is the server in the foreground. It ends with the supervisor: the change of the
// account would else clear that.
func (p *pooler) argv() []string {
	return []string{"setpriv", "--reuid=" + poolerUser, "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL",
		"pgbouncer", filepath.Join(p.dir, "pgbouncer.ini")}
}

// ready is one try to get an answer of PostgreSQL through it.
func (p *pooler) ready(ctx context.Context) error {
	c, err := pgx.Connect(ctx, postgresURL("odoo", p.password, p.port, "postgres")+"&default_query_exec_mode=simple_protocol")
	if err != nil {
		return fmt.Errorf("connect to PgBouncer: %w", err)
	}
	return errors.Join(c.Ping(ctx), c.Close(ctx))
}

// findPooler reports how to install PgBouncer where the host has none.
func findPooler() error {
	if _, err := exec.LookPath("pgbouncer"); err != nil {
		return errors.New("a lab with a pooler needs PgBouncer: apt-get install pgbouncer")
	}
	return nil
}
