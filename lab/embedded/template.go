package embedded

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab/embedded/business"
	"example.org/odooharness/lab/embedded/server"
)

// loadUsers is how many accounts a tenant has for load.
const loadUsers = 8

// secrets are made once with the template; its copies share them.
type secrets struct {
	Postgres  string   `json:"postgres"`
	Odoo      string   `json:"odoo"`
	Password  string   `json:"password"` // of every load user
	Keys      []string `json:"keys"`     // of load01, load02, ...
	Connector string   `json:"connector"`
}

// template is a prepared cluster with one database, [templateDB].
type template struct {
	tools   tools
	dir     string
	secrets secrets
}

// ensureTemplate finds the prepared cluster in the cache, or makes it. Its name has
// what it was made from, so that a new schema or PostgreSQL makes a new one.
func ensureTemplate(ctx context.Context, cache string, t tools, log *slog.Logger) (*template, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			user = os.TempDir()
		}
		cache = filepath.Join(user, "odoo-harness")
	}
	sum := sha256.Sum256([]byte(business.Schema() + t.version + fmt.Sprint(t.user, t.statements(), loadUsers)))
	dir := filepath.Join(cache, "embedded-"+hex.EncodeToString(sum[:6]))
	raw, err := os.ReadFile(filepath.Join(dir, "secrets.json"))
	if errors.Is(err, os.ErrNotExist) {
		log.Info("preparing a PostgreSQL cluster, once on this machine")
		if err := makeTemplate(ctx, dir, t); err != nil {
			return nil, fmt.Errorf("prepare a PostgreSQL cluster: %w", err)
		}
		raw, err = os.ReadFile(filepath.Join(dir, "secrets.json"))
	}
	if err != nil {
		return nil, fmt.Errorf("read the prepared cluster: %w", err)
	}
	made := &template{tools: t, dir: filepath.Join(dir, "cluster")}
	if err := json.Unmarshal(raw, &made.secrets); err != nil {
		return nil, fmt.Errorf("read the prepared cluster: %w", err)
	}
	return made, nil
}

// makeTemplate builds in a temporary folder and gives the result its name last. Of
// two that build at once the first wins.
func makeTemplate(ctx context.Context, dir string, t tools) (err error) {
	work, err := os.MkdirTemp("", "odoo-harness-template-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := os.Chmod(work, 0o711); err != nil {
		return err
	}
	data := filepath.Join(work, "cluster")
	if err := errors.Join(os.Mkdir(data, 0o700), t.user.own(data)); err != nil {
		return err
	}
	made := secrets{Postgres: rand.Text(), Odoo: rand.Text(), Password: rand.Text(), Connector: rand.Text()}
	for range loadUsers {
		made.Keys = append(made.Keys, rand.Text())
	}
	if err := initialise(ctx, t, data, made.Postgres); err != nil {
		return err
	}
	address, err := ports.Take(ctx)
	if err != nil {
		return err
	}
	p := &cluster{tools: t, secrets: made, dir: data, address: address, cloned: &atomic.Bool{}}
	if err := p.during(ctx, func() error { return p.fill(ctx) }); err != nil {
		return err
	}
	building, err := os.MkdirTemp(ensured(filepath.Dir(dir)), "embedded-building-")
	if err != nil {
		return err
	}
	err = errors.Join(copyTree(data, filepath.Join(building, "cluster"), user{}),
		writeConfig(filepath.Join(building, "secrets.json"), made))
	if err == nil {
		err = os.Rename(building, dir)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		err = nil // somebody else was quicker
	}
	return errors.Join(err, os.RemoveAll(building))
}

// ensured makes the folder; what fails here fails with a clear error in its use.
func ensured(dir string) string {
	_ = os.MkdirAll(dir, 0o755)
	return dir
}

// initialise runs initdb. The password goes through a file that only the servers'
// account can read; it is removed with the folder.
func initialise(ctx context.Context, t tools, data, password string) error {
	file := data + ".password"
	if err := errors.Join(os.WriteFile(file, []byte(password+"\n"), 0o600), t.user.own(file)); err != nil {
		return err
	}
	// the program was found
	cmd := t.user.as(exec.CommandContext(ctx, filepath.Join(t.postgres, "initdb"), "-D", data, "-U", "postgres",
		"--auth=scram-sha-256", "--pwfile="+file, "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"))
	cmd.SysProcAttr.Pdeathsig = 0 // not forked by a locked thread; bounded by ctx
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// during runs f while the server runs.
func (p *cluster) during(ctx context.Context, f func() error) (err error) {
	cmd := p.command()
	cmd.SysProcAttr.Pdeathsig = 0 // as above
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer func() {
		stop := cmd.Process.Signal(syscall.SIGINT) // fast shutdown, with a checkpoint
		killer := time.AfterFunc(readyLimit, func() { _ = cmd.Process.Kill() })
		stop = errors.Join(stop, cmd.Wait())
		killer.Stop()
		if err = errors.Join(err, stop); err != nil {
			text := log.String()
			err = fmt.Errorf("%w; log of PostgreSQL: %s", err, text[max(0, len(text)-1000):])
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.ready(ctx)
		if err == nil {
			return f()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w", err)
		case <-tick.C:
		}
	}
}

// fill makes the role, the template database, its tables and its accounts.
func (p *cluster) fill(ctx context.Context) error {
	err := p.do(ctx, "postgres", "postgres", func(conn *pgx.Conn) error {
		// No parameters in utility statements; the password is letters and digits.
		statements := []string{"create role odoo login createdb password '" + p.secrets.Odoo + "'",
			"create database " + templateDB + " owner odoo"}
		if p.tools.statements() {
			statements = append(statements, "create extension pg_stat_statements")
		}
		for _, sql := range statements {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.do(ctx, "odoo", templateDB, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, business.Schema()); err != nil {
			return fmt.Errorf("make the tables: %w", err)
		}
		keys := append([]string{p.secrets.Connector}, p.secrets.Keys...)
		for i, key := range keys {
			login := "connector"
			if i > 0 {
				login = loadLogin(i)
			}
			_, err := conn.Exec(ctx, `with account as (insert into res_users (login, name, password) values ($1, $1, $2) returning id)
				insert into res_users_apikeys (user_id, name, key) select id, 'lab', $3 from account`,
				login, server.Digest(p.secrets.Password), server.Digest(key))
			if err != nil {
				return fmt.Errorf("make account %s: %w", login, err)
			}
		}
		return nil
	})
}

func loadLogin(i int) string { return fmt.Sprintf("load%02d", i) }

// copyTree copies a cluster and hands the copy over to the account.
func copyTree(from, to string, u user) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return errors.Join(os.Mkdir(target, 0o700), u.own(target))
		}
		return errors.Join(copyFile(path, target), u.own(target))
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
