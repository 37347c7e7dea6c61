package odoostack

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// templateDB is the database of which every tenant is a clone.
const templateDB = lab.TemplateDatabase

// Template is a stopped PostgreSQL data directory and a filestore, ready to be
// copied into a stack, with what its makers chose.
type Template struct {
	Dir           string    `json:"-"`
	Volume        string    `json:"-"` // empty: small
	Logins        []string  `json:"logins"`
	Password      string    `json:"password"`
	APIKeys       []string  `json:"api_keys"`
	ConnectorKey  string    `json:"connector_key"`
	ConnectorUser int       `json:"connector_user,omitempty"` // its id, where calls name the user
	StockLocation int       `json:"stock_location"`
	Passwords     passwords `json:"database_passwords"`
}

// EnsureTemplate opens the template in the cache, making it first when there is
// none: one to two minutes on two cores.
func EnsureTemplate(ctx context.Context, cache string, root *debian.Root, log *slog.Logger) (*Template, error) {
	// The other addon is installed in no database.
	addon, err := addonDigest(root.Odoo, "harness_connector")
	if err != nil {
		return nil, fmt.Errorf("read the addons: %w", err)
	}
	digest := templateDigest(versionOf(root), root.Digest, addon)
	dir := filepath.Join(cache, "template-"+digest)
	if _, err := os.Stat(dir); err != nil {
		err := debian.BuildOnce(ctx, dir, log, func(building string) error { return makeTemplate(ctx, root, building, log) })
		if err != nil {
			return nil, fmt.Errorf("make the template database: %w", err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "template.json"))
	if err != nil {
		return nil, fmt.Errorf("open the template: %w", err)
	}
	t := &Template{Dir: dir}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("read %s/template.json: %w", dir, err)
	}
	return t, nil
}

// templateDigest changes with everything that decides what is in the template.
func templateDigest(v version, root, addon string) string {
	return debian.Digest(slices.Concat(v.modules, []string{root, addon, v.prepare}, v.quiet, v.install)...)
}

// makeTemplate fills an empty folder:
//
//	initdb -> roles -> odoo -i modules -> neutralize -> accounts, keys, assets -> stop
func makeTemplate(ctx context.Context, root *debian.Root, dir string, log *slog.Logger) error {
	log.Info("making the template database (1 to 2 minutes)")
	port, err := ports.Number(ctx)
	if err != nil {
		return err
	}
	t := &Template{Password: rand.Text(), Passwords: passwords{Postgres: rand.Text(), Odoo: rand.Text()}}
	pg := &postgres{root: root, stack: dir, data: "postgres", port: port, bufferMB: 256, passwords: t.Passwords,
		extra: []string{"fsync=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=96MB"}}
	if err := initCluster(ctx, pg); err != nil {
		return err
	}
	o := &odoo{root: root, stack: dir, dbPort: port, dbPassword: t.Passwords.Odoo, workers: 0}
	if err := o.layOut(); err != nil {
		return err
	}
	err = pg.during(ctx, func() error { return fillTemplate(ctx, pg, o, t) })
	if err != nil {
		return err
	}
	if err := shrink(ctx, pg); err != nil {
		return err
	}
	// Only these three are the template; the rest served its making.
	for _, leftover := range []string{"odoo.conf", "addons", "postgres/postmaster.opts"} {
		if err := os.RemoveAll(filepath.Join(dir, leftover)); err != nil {
			return fmt.Errorf("tidy the template: %w", err)
		}
	}
	raw, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("write template.json: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "template.json"), raw, 0o600)
}

// shrink drops the write-ahead log of a cleanly stopped server, which nothing
// needs any more: every copy of the template is that much smaller.
func shrink(ctx context.Context, pg *postgres) error {
	var output bytes.Buffer
	err := run(ctx, pg.root.Command("postgres", pg.stack, nil, nil, "pg_resetwal", "-D", debian.Inside+"/"+pg.data), &output)
	if err != nil {
		return fmt.Errorf("pg_resetwal: %w\n%s", err, debian.LastLines(output.String(), 8))
	}
	return nil
}

// initCluster makes an empty cluster with the superuser's password set.
func initCluster(ctx context.Context, pg *postgres) error {
	secret := filepath.Join(pg.stack, "secret")
	if err := errors.Join(pg.root.Folder("postgres", filepath.Join(pg.stack, pg.data)),
		pg.root.Write("postgres", secret, pg.passwords.Postgres)); err != nil {
		return err
	}
	var output bytes.Buffer
	err := run(ctx, pg.root.Command("postgres", pg.stack, nil, nil, "initdb", "-D", debian.Inside+"/"+pg.data,
		"-U", "postgres", "--pwfile="+debian.Inside+"/secret", "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"), &output)
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, debian.LastLines(output.String(), 8))
	}
	return errors.Join(os.Remove(secret), pg.configure())
}

// fillTemplate makes the template database on a running server.
func fillTemplate(ctx context.Context, pg *postgres, o *odoo, t *Template) error {
	err := pg.do(ctx, "postgres", func(c *pgx.Conn) error {
		for _, sql := range []string{
			// Odoo refuses to work as the superuser.
			"create role odoo login createdb password '" + t.Passwords.Odoo + "'",
			"create extension pg_stat_statements",
			"create database " + templateDB + " owner odoo template template0",
		} {
			if _, err := c.Exec(ctx, sql); err != nil {
				return fmt.Errorf("prepare the cluster: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v := versionOf(o.root)
	var output bytes.Buffer
	tool := func(what, in string, argv ...string) error {
		output.Reset()
		cmd := o.tool([]string{"HARNESS_PASSWORD=" + t.Password}, argv...)
		cmd.Stdin = strings.NewReader(in)
		if err := run(ctx, cmd, &output); err != nil {
			return fmt.Errorf("%s: %w\n%s", what, err, debian.LastLines(output.String(), 15))
		}
		return nil
	}
	install := append([]string{"server", "--no-http", "--max-cron-threads=0", "--stop-after-init",
		"-d", templateDB, "-i", strings.Join(v.modules, ",")}, v.install...)
	if err := tool("installing modules", "", install...); err != nil {
		return err
	}
	// Before any server with crons sees it: nothing may call outside.
	neutralize := func() error { return tool("neutralizing", "", "neutralize", "-d", templateDB) }
	if len(v.quiet) > 0 {
		neutralize = func() error {
			return pg.do(ctx, templateDB, func(c *pgx.Conn) error { return execAll(ctx, c, v.quiet) })
		}
	}
	if err := neutralize(); err != nil {
		return fmt.Errorf("neutralize the template: %w", err)
	}
	if err := tool("making accounts", v.prepare, "shell", "--no-http", "-d", templateDB); err != nil {
		return err
	}
	if err := readPrepared(output.String(), t); err != nil {
		return err
	}
	return pg.do(ctx, templateDB, func(c *pgx.Conn) error { return sealTemplate(ctx, c) })
}

// sealTemplate packs the tables and hides the database from Odoo's own list, so
// that no cron worker connects to it and stands in the way of cloning.
func sealTemplate(ctx context.Context, c *pgx.Conn) error {
	err := execAll(ctx, c, []string{
		"create extension pg_stat_statements",
		"vacuum (full, analyze)",
		"select pg_stat_statements_reset()",
		"alter database " + templateDB + " is_template true",
	})
	if err != nil {
		return fmt.Errorf("seal the template: %w", err)
	}
	return nil
}

// execAll runs statements one after the other.
func execAll(ctx context.Context, c *pgx.Conn, statements []string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// readPrepared finds the line of prepare_template.py in the shell's output.
func readPrepared(output string, t *Template) error {
	for line := range strings.Lines(output) {
		if _, raw, ok := strings.Cut(line, "TEMPLATE "); ok {
			if err := json.Unmarshal([]byte(raw), t); err != nil {
				return fmt.Errorf("read the output of the template's script: %w", err)
			}
			if len(t.APIKeys) != len(t.Logins) || len(t.Logins) == 0 || t.ConnectorKey == "" {
				return errors.New("the template's script made no complete set of accounts")
			}
			return nil
		}
	}
	return fmt.Errorf("make accounts: the script did not finish\n%s", debian.LastLines(output, 15))
}
