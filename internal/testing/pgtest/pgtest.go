// Package pgtest gives tests a PostgreSQL of their own.
//
//  1. [Start] makes a cluster in a temporary folder, as another user when the
//     tests run as root, since PostgreSQL refuses root.
//  2. It listens on a free port of the loopback device alone.
//  3. [Cluster.Database] makes an empty database in it.
//  4. [Cluster.Stop] ends it and removes the folder; so does the death of the
//     test process.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/ports"
)

// Cluster is a running server.
type Cluster struct {
	Port     int
	dir      string
	settings []string
	primary  *Cluster // of a standby
	stop     func() error
}

// Start makes and starts a cluster with the settings, each "name=value".
func Start(settings ...string) (*Cluster, error) { return start(settings, nil) }

// Standby makes a standby that streams from the cluster.
func (c *Cluster) Standby() (*Cluster, error) { return start(c.settings, c) }

func start(settings []string, primary *Cluster) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "harness-pgtest-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, settings: settings, primary: primary}
	if owner != nil {
		err = os.Chown(dir, int(owner.Uid), int(owner.Gid))
	}
	if err == nil {
		err = c.start(bin, owner)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// binaries finds the folder of initdb and postgres.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		// On some machines only a link to it is in the path. The other programs are in
		// the folder of the file itself.
		path, err := filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errors.New("no initdb: install postgresql"), err)
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged is the user to run as; nil: the one we are.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil // no change of user
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("neither user postgres nor nobody to run PostgreSQL as")
}

func (c *Cluster) start(bin string, owner *syscall.Credential) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	data := filepath.Join(c.dir, "data")
	fill := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	if c.primary != nil {
		fill = exec.CommandContext(ctx, filepath.Join(bin, "pg_basebackup"), "-D", data, "-h", "127.0.0.1", "-U", "postgres",
			"-p", strconv.Itoa(c.primary.Port), "-X", "stream", "-R", "-c", "fast", "--no-sync")
	}
	fill.Dir = c.dir
	fill.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	if out, err := fill.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(fill.Path), err, out)
	}
	port, err := ports.Number(ctx)
	if err != nil {
		return err
	}
	c.Port = port
	args := []string{"-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "port=" + strconv.Itoa(c.Port), "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"}
	for _, s := range c.settings {
		args = append(args, "-c", s)
	}
	var said bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), args...) //nolint:noctx // outlives this call
	server.Dir, server.Stdout, server.Stderr = c.dir, &said, &said
	server.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel sends the death signal when the thread that started the child
		// ends: it must last as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := server.Start()
		started <- err
		if err == nil {
			ended <- server.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	c.stop = func() error {
		err := server.Process.Signal(syscall.SIGINT) // fast shutdown
		<-ended
		return errors.Join(err, os.RemoveAll(c.dir))
	}
	if err := c.wait(ctx); err != nil {
		return errors.Join(err, server.Process.Kill(), <-ended, errors.New(said.String()))
	}
	return nil
}

func (c *Cluster) wait(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.DSN("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w", err)
		case <-ticker.C:
		}
	}
}

// DSN reaches a database of the cluster as its superuser.
func (c *Cluster) DSN(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.Port, database)
}

// Connect opens a session in a database.
func (c *Cluster) Connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, c.DSN(database))
}

// Exec runs statements in a database.
func (c *Cluster) Exec(ctx context.Context, database, sql string) (err error) {
	conn, err := c.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// Database makes a database from a template, "" for an empty one.
func (c *Cluster) Database(ctx context.Context, name, template string) (dsn string, err error) {
	sql := "create database " + pgx.Identifier{name}.Sanitize()
	if template != "" {
		sql += " template " + pgx.Identifier{template}.Sanitize()
	}
	return c.DSN(name), c.Exec(ctx, "postgres", sql)
}

// Stop ends the server and removes its files.
func (c *Cluster) Stop() error { return c.stop() }
