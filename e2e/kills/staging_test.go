package kills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/testing/testbed"
)

// staging is a set of plain servers, with a setup file that names them and two of the
// three databases.
type staging struct {
	postgres, standby, redis, ingress local.Part
	setup                             string // file
	env                               []string
	id                                string // in the environment of every process of the harness
}

func newStaging(t *testing.T) *staging {
	t.Helper()
	s := &staging{id: fmt.Sprintf("HARNESS_KILLS_ID=%d-%d", os.Getpid(), time.Now().UnixNano())}
	s.postgres = testbed.Postgres(t, "postgres", "t1", "t2", "accounting")
	s.standby = testbed.Standby(t, "standby", s.postgres)
	s.redis = testbed.Redis(t, "redis")
	s.ingress = testbed.HTTP(t, "ingress")
	temp, err := os.MkdirTemp("", "k") // the path of a socket is short
	rig.Must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	s.setup = filepath.Join(temp, "setup.yaml")
	s.env = append(os.Environ(), s.id, "TMPDIR="+temp, "XDG_STATE_HOME="+temp, "KILLS_PASSWORD=x",
		"KILLS_POSTGRES="+s.postgres.DSN.Reveal(), "KILLS_STANDBY="+s.standby.DSN.Reveal(), "KILLS_REDIS="+s.redis.RedisURL.Reveal())
	files := map[string]local.Part{"postgres": s.postgres, "redis": s.redis}
	for name := range files {
		rig.Write(t, filepath.Join(temp, name+".pid"), "0\n")
	}
	s.keepPIDFiles(t, temp, files)
	entry := func(name, kind, label, more string) string {
		return fmt.Sprintf("  - {name: %s, kind: %s, labels: {app.kubernetes.io/name: %s, app.kubernetes.io/part-of: odoo-lab}, %s}\n",
			name, kind, label, more)
	}
	behind := func(p local.Part) string {
		return fmt.Sprintf("proxy: {listen: %q, upstream: %q}", rig.FreeAddress(t), p.Proxy.Upstream())
	}
	rig.Write(t, s.setup, "name: plain\ntenancy: shared\nenvironment: staging\ntenants:\n"+
		"  - {name: t1, url: 'http://127.0.0.1:1', database: t1, logins: [a], passwordEnv: KILLS_PASSWORD}\n"+
		"  - {name: t2, url: 'http://127.0.0.1:1', database: t2, logins: [a], passwordEnv: KILLS_PASSWORD}\n"+
		"components:\n"+
		entry("postgres", "postgres", "postgresql", "dsnEnv: KILLS_POSTGRES, pidFile: "+filepath.Join(temp, "postgres.pid"))+
		entry("standby", "postgres", "postgresql-standby", "dsnEnv: KILLS_STANDBY")+
		entry("redis", "redis", "redis", "urlEnv: KILLS_REDIS, pidFile: "+filepath.Join(temp, "redis.pid")+", "+behind(s.redis))+
		entry("ingress", "ingress", "ingress", behind(s.ingress))+
		"chaos: {driver: local, allow: ['*']}\n")
	return s
}

// keepPIDFiles writes the number of each server to its file, as the servers do when they
// start.
func (s *staging) keepPIDFiles(t *testing.T, dir string, servers map[string]local.Part) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	write := func() {
		for name, part := range servers {
			path := filepath.Join(dir, name+".pid")
			text := strconv.Itoa(part.Process.PID()) + "\n"
			if old, err := os.ReadFile(path); err == nil && string(old) != text {
				_ = os.WriteFile(path, []byte(text), 0o600)
			}
		}
	}
	write()
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				write()
			}
		}
	}()
}

// sound is nil when nothing bites: no server, no database, no process.
func (s *staging) sound() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return errors.Join(s.databases(ctx), s.replay(ctx), s.cache(ctx), s.web(ctx), s.running())
}

// databases opens a session in each as Odoo does, and locks its table for a moment.
func (s *staging) databases(ctx context.Context) error {
	var problems []error
	for _, name := range []string{"t1", "t2", "accounting"} {
		config, err := pgx.ParseConfig(s.postgres.DSN.Reveal())
		if err != nil {
			return err
		}
		config.User, config.Database = "odoo", name
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			_, err = conn.Exec(ctx, `begin; lock table stock_quant in access share mode nowait; insert into stock_quant values (1); commit`)
			_ = conn.Close(ctx)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("database %s: %w", name, err))
		}
	}
	conn, err := pgx.Connect(ctx, s.postgres.DSN.Reveal())
	if err != nil {
		return errors.Join(append(problems, err)...)
	}
	defer conn.Close(ctx)
	var limits, settings int
	err = conn.QueryRow(ctx, `select (select count(*) from pg_database where datconnlimit <> -1), (select count(*) from pg_db_role_setting)`).Scan(&limits, &settings)
	if err == nil && limits+settings > 0 {
		err = fmt.Errorf("%d databases have a limit, %d have settings", limits, settings)
	}
	return errors.Join(append(problems, err)...)
}

func (s *staging) replay(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.standby.DSN.Reveal())
	if err != nil {
		return fmt.Errorf("standby: %w", err)
	}
	defer conn.Close(ctx)
	var paused bool
	if err := conn.QueryRow(ctx, `select pg_is_wal_replay_paused()`).Scan(&paused); err != nil || paused {
		return fmt.Errorf("replay is paused: %v, %w", paused, err)
	}
	return nil
}

// cache writes and reads a key, and reads the settings.
func (s *staging) cache(ctx context.Context) error {
	options, err := goredis.ParseURL(s.redis.RedisURL.Reveal())
	if err != nil {
		return err
	}
	options.ContextTimeoutEnabled, options.MaxRetries = true, -1
	client := goredis.NewClient(options)
	defer client.Close()
	if err := client.Set(ctx, "key", "value", time.Minute).Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	got, err := client.ConfigGet(ctx, "maxmemory*").Result()
	if err != nil || got["maxmemory"] != "0" || got["maxmemory-policy"] != "noeviction" {
		return fmt.Errorf("redis has the settings %v, %w", got, err)
	}
	users, err := client.Do(ctx, "acl", "users").StringSlice()
	if err != nil || len(users) != 1 {
		return fmt.Errorf("redis has the users %v, %w", users, err)
	}
	return nil
}

func (s *staging) web(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.ingress.Proxy.Upstream(), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	return answer.Body.Close()
}

// running checks that no process of a server is stopped.
func (s *staging) running() error {
	var problems []error
	for _, part := range []local.Part{s.postgres, s.standby, s.redis} {
		pid := part.Process.PID()
		under, err := proc.Descendants(pid)
		leader, err1 := proc.Read(pid)
		problems = append(problems, err, err1)
		for _, p := range append(under, leader) {
			if p.State == 'T' {
				problems = append(problems, fmt.Errorf("%s: process %d is stopped", part.Name, p.PID))
			}
		}
	}
	return errors.Join(problems...)
}

// harness lists the living processes of the harness: by their role, which is the
// subcommand of the program.
func (s *staging) harness() map[string][]proc.Process {
	found := map[string][]proc.Process{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return found
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		environment, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		if err != nil || !strings.Contains("\x00"+string(environment), "\x00"+s.id+"\x00") {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		arguments := strings.Split(string(line), "\x00")
		if p, gone := proc.Read(pid); err == nil && gone == nil && p.Alive() && len(arguments) > 1 {
			found[arguments[1]] = append(found[arguments[1]], p)
		}
	}
	return found
}
