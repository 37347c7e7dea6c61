//go:build odoo

package odoostack

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// archived is one PostgreSQL of a stack, with an archive of its log and nothing else.
type archived struct {
	t        *testing.T
	pg       *postgres
	operator *Operator
	running  lab.Running
	server   *buildProcess
}

func newArchived(t *testing.T) *archived {
	t.Helper()
	cache, err := debian.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root, err := debian.Ensure(t.Context(), cache, lab.DefaultOdoo, lines.Logger(func(line string) { t.Log(line) }))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stack := filepath.Join(dir, "stacks", "shared")
	for _, d := range []string{dir, filepath.Dir(dir), stack} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	port, err := ports.Number(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pg := &postgres{root: root, stack: stack, data: "postgres", port: port, bufferMB: 32, archive: true,
		passwords: passwords{Postgres: "pg", Odoo: "odoo"}}
	for _, folder := range []string{archiveFolder, filepath.Join("odoo", "filestore")} {
		if err := root.Folder("postgres", filepath.Join(stack, folder)); err != nil {
			t.Fatal(err)
		}
	}
	if err := initCluster(t.Context(), pg); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stack, "odoo", "filestore", "aa"), []byte("attachment"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &archived{t: t, pg: pg, operator: &Operator{root: root, dir: dir}, running: lab.Running{
		Component: chaos.Component{Name: "shared/postgres", Kind: "postgres"}, DSN: secret.Text(pg.dsn("postgres", "postgres"))}}
	t.Cleanup(a.kill)
	return a
}

func (a *archived) start() {
	a.t.Helper()
	var output strings.Builder
	server, err := start(a.pg.command(), &output)
	if err != nil {
		a.t.Fatal(err)
	}
	a.server = server
	if err := server.until(a.t.Context(), 30*time.Second, a.pg.ready); err != nil {
		a.t.Fatalf("%v\n%s", err, output.String())
	}
}

// kill ends the server as a fault does.
func (a *archived) kill() {
	if a.server != nil {
		_ = a.server.stop(os.Kill, 10*time.Second)
		a.server = nil
	}
}

func (a *archived) sql(statement string) (n int) {
	a.t.Helper()
	err := a.pg.do(a.t.Context(), "postgres", func(c *pgx.Conn) error {
		rows, err := c.Query(a.t.Context(), statement)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if len(rows.FieldDescriptions()) == 1 {
				if err := rows.Scan(&n); err != nil {
					return err
				}
			}
		}
		return rows.Err()
	})
	if err != nil {
		a.t.Fatalf("%s: %v", statement, err)
	}
	return n
}

// restored loses the data, restores the backup and counts the rows.
func (a *archived) restored(backup lab.Backup, replay bool) int {
	a.t.Helper()
	a.kill()
	if err := a.operator.Lose(a.t.Context(), a.running); err != nil {
		a.t.Fatal(err)
	}
	if err := a.operator.Restore(a.t.Context(), backup, replay); err != nil {
		a.t.Fatal(err)
	}
	a.start()
	if replay {
		eventually.True(a.t, 2*time.Minute, "the archived log is replayed", func() bool { return a.sql(`select (not pg_is_in_recovery())::int`) == 1 })
	}
	return a.sql(`select count(*)::int from work`)
}

func TestBackupRestoreReplayDamage(t *testing.T) {
	a := newArchived(t)
	a.start()
	a.sql(`create table work as select generate_series(1, 1000) as id`)
	backup, err := a.operator.Backup(t.Context(), a.running)
	if err != nil {
		t.Fatal(err)
	}
	if backup.Bytes < 20e6 {
		t.Errorf("the backup has %d bytes", backup.Bytes)
	}
	a.sql(`insert into work select generate_series(1001, 1500)`)
	a.sql(`select 1 from pg_switch_wal()`)
	eventually.True(t, 2*time.Minute, "the log is archived", func() bool {
		return a.sql(`select (last_archived_wal is not null and last_archived_time > now() - interval '20 s')::int from pg_stat_archiver`) == 1 &&
			a.sql(`select count(*)::int from pg_ls_dir('pg_wal/archive_status') as f(name) where name like '%.ready'`) == 0
	})
	if err := os.Remove(filepath.Join(a.pg.stack, "odoo", "filestore", "aa")); err != nil {
		t.Fatal(err)
	}
	if got := a.restored(backup, true); got != 1500 {
		t.Errorf("after replaying the log there are %d rows, want 1500", got)
	}
	if raw, err := os.ReadFile(filepath.Join(a.pg.stack, "odoo", "filestore", "aa")); err != nil || string(raw) != "attachment" {
		t.Errorf("the filestore: %q, %v", raw, err)
	}
	if got := a.restored(backup, false); got != 1000 {
		t.Errorf("at the backup there are %d rows, want 1000", got)
	}
	if err := a.operator.Restore(t.Context(), backup, false); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a restore over data that are there: %v", err)
	}

	a.kill()
	if err := a.operator.Damage(backup); err != nil {
		t.Fatal(err)
	}
	if err := a.operator.Lose(context.Background(), a.running); err != nil {
		t.Fatal(err)
	}
	if err := a.operator.Restore(t.Context(), backup, false); err == nil || !strings.Contains(err.Error(), "does not verify") {
		t.Errorf("a damaged backup was restored: %v", err)
	}
}
