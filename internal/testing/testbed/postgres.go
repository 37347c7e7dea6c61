package testbed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// Postgres starts a private cluster with the given databases, each with a table
// stock_quant and a role odoo that is no superuser.
func Postgres(t testing.TB, name string, databases ...string) local.Part {
	t.Helper()
	return postgres(t, name, "", databases)
}

// PostgresWithDisk is [Postgres] whose write-ahead log lies on a file system of its
// own of so many bytes. It needs the right to mount.
func PostgresWithDisk(t testing.TB, name string, bytes int64, databases ...string) local.Part {
	t.Helper()
	disk := t.TempDir()
	options := fmt.Sprintf("size=%d,mode=755", bytes)
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a disk for the log takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	part := postgres(t, name, disk, databases)
	part.WAL = disk
	return part
}

func postgres(t testing.TB, name, disk string, databases []string) local.Part {
	t.Helper()
	dir, port := folder(t), freePort(t)
	initdb(t, dir, disk)
	server := binary(t, "postgres")
	process := Supervise(t, func() *exec.Cmd {
		cmd := exec.CommandContext(context.Background(), server, "-D", filepath.Join(dir, "data"), "-p", port, "-h", "127.0.0.1",
			"-k", "", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40",
			"-c", "recovery_init_sync_method=syncfs",
			"-c", "min_wal_size=32MB", "-c", "max_wal_size=64MB")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged()}
		return cmd
	})
	part := local.Part{
		Component: component(name, results.KindPostgres, "postgresql"),
		Process:   process,
		DSN:       secret.Text("postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"),
	}
	eventually.Nil(t, time.Minute, "PostgreSQL answers", func() error { return create(part.DSN.Reveal(), databases) })
	part.Proxy = proxy(t, name, "127.0.0.1:"+port)
	part.Databases = databases
	return part
}

// Standby starts a standby of a server of [Postgres]: a hot one, which streams.
func Standby(t testing.TB, name string, primary local.Part) local.Part {
	t.Helper()
	dir, port := folder(t), freePort(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if c := unprivileged(); c != nil {
		hand(t, data, c)
	}
	copied := exec.CommandContext(t.Context(), binary(t, "pg_basebackup"), "-D", data, "-d", primary.DSN.Reveal(), "-R", "-X",
		"stream", "-c", "fast", "--no-sync")
	copied.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged()}
	copied.Dir = "/"
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	server := binary(t, "postgres")
	process := Supervise(t, func() *exec.Cmd {
		cmd := exec.CommandContext(context.Background(), server, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", "",
			"-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40", "-c", "recovery_init_sync_method=syncfs")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged()}
		return cmd
	})
	part := local.Part{
		Component: component(name, "postgres", "postgresql-standby"), Process: process,
		DSN: secret.Text("postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"),
	}
	part.Databases = primary.Databases
	eventually.Nil(t, time.Minute, "the standby answers", func() error {
		conn, err := pgx.Connect(t.Context(), part.DSN.Reveal())
		if err == nil {
			err = conn.Close(t.Context())
		}
		return err
	})
	return part
}

// folder is a temporary one. PostgreSQL's processes outlive their parent for a moment,
// in which they write.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "testbed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually.Nil(t, time.Minute, "the folder is removed", func() error { return os.RemoveAll(dir) })
	})
	return dir
}

// create makes the databases; it is safe to repeat.
func create(dsn string, databases []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // end of a set-up connection
	_, err = conn.Exec(ctx, `do $$ begin create role odoo login; exception when duplicate_object then null; end $$`)
	if err != nil {
		return err
	}
	for _, name := range databases {
		var there bool
		err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			if _, err := conn.Exec(ctx, "create database "+name+" owner odoo"); err != nil {
				return err
			}
		}
		config := conn.Config().Copy()
		config.Database = name
		inside, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		_, err = inside.Exec(ctx, `create table if not exists stock_quant (id int); grant all on stock_quant to odoo`)
		_ = inside.Close(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// initdb makes the cluster as a user that PostgreSQL accepts: it refuses root.
func initdb(t testing.TB, dir, disk string) {
	t.Helper()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"}
	if disk != "" {
		arguments = append(arguments, "--waldir="+filepath.Join(disk, "pg_wal"))
	}
	if c := unprivileged(); c != nil {
		hand(t, data, c)
		if disk != "" {
			hand(t, disk, c)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary(t, "initdb"), arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged()}
	cmd.Dir = "/"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
}

// hand gives a folder to a user, and lets it pass through those above: the folders of
// testing are for root alone.
func hand(t testing.TB, folder string, to *syscall.Credential) {
	t.Helper()
	if err := os.Chown(folder, int(to.Uid), int(to.Gid)); err != nil {
		t.Fatal(err)
	}
	for parent := filepath.Dir(folder); parent != os.TempDir() && parent != "/"; parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// unprivileged is the user postgres, else nobody, when we are root; else nil.
func unprivileged() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(u.Uid)
			gid, _ := strconv.Atoi(u.Gid)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// binary finds a server binary, or skips the test.
func binary(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Skipf("%s is not installed (Debian: apt-get install postgresql redis-server)", name)
	}
	return found[len(found)-1]
}

func freePort(t testing.TB) string {
	t.Helper()
	port, err := ports.Number(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func proxy(t testing.TB, name, upstream string) *local.TCPProxy {
	t.Helper()
	p, err := local.NewProxy(name, "127.0.0.1:0", upstream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

func component(name string, kind results.Kind, label string) chaos.Component {
	return chaos.Component{Name: name, Kind: kind, Tenants: []string{"t1"}, Labels: map[string]string{
		"app.kubernetes.io/name": label, "app.kubernetes.io/part-of": "odoo-lab",
		"odoo-harness/stack": filepath.Dir(name),
	}}
}

// Manifest returns YAML of a fault with the common head.
func Manifest(kind, version, name, class, spec string) []byte {
	return fmt.Appendf(nil, "apiVersion: %s\nkind: %s\n"+
		"metadata:\n  name: %s\n  annotations: {odoo-harness/class: %s}\nspec:\n%s",
		version, kind, name, class, spec)
}
