// Package pidfile finds the process of a component by its PID file, and signals it only
// when it is that process beyond doubt.
//
//  1. [File.Verify] reads the file and compares the process: its program, its start, its port.
//  2. Every signal verifies first and reaches the verified process or none.
//
// An example:
//
//	file := pidfile.File{Path: "/run/redis/redis.pid", Kind: "redis", Port: 6379}
//	err := file.Signal(ctx, syscall.SIGSTOP)
package pidfile

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/results"
)

// File is a local.Process that a supervisor outside the harness keeps running, known by
// its PID file. The file may be stale, and its number may be another process by now. So
// the process is verified before each signal: its executable fits the component, it has
// not started after the file was written, and it listens on the component's port.
type File struct {
	Path string
	Kind results.Kind // of the component
	Port int          // on which it listens; 0: not known
}

// ErrForeign is returned for what only the harness's own supervisor can do.
var ErrForeign = errors.New("the process is kept by a supervisor outside the harness, which would start it again; " +
	"use pod-kill, or a partition of its proxy")

// executables lists the programs that a kind of component is. Other kinds may be any.
func executables(kind results.Kind) []string {
	switch kind {
	case results.KindPostgres:
		return []string{"postgres", "postmaster"}
	case results.KindRedis:
		return []string{"redis-server", "valkey-server", "keydb-server", "dragonfly"}
	case results.KindIngress:
		return []string{"nginx", "traefik", "haproxy", "caddy", "envoy", "apache2", "httpd"}
	case results.KindOdoo:
		return []string{"python", "odoo"} // with a version or suffix
	}
	return nil
}

// Verify finds the process of the file. The error states why it is none, or
// not this one.
func (f File) Verify() (proc.Process, error) {
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		return proc.Process{}, fmt.Errorf("read pidFile: %w", err)
	}
	written, err := os.Stat(f.Path)
	if err != nil {
		return proc.Process{}, fmt.Errorf("read pidFile: %w", err)
	}
	lines := strings.Split(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return proc.Process{}, fmt.Errorf("pidFile %s: its first line %q is no process number", f.Path, lines[0])
	}
	p, err := proc.Read(pid)
	if err != nil || !p.Alive() {
		return proc.Process{}, fmt.Errorf("pidFile %s: there is no process %d; the file is stale", f.Path, pid)
	}
	return p, errors.Join(f.started(p, lines, written.ModTime()), f.runs(p), f.listens(p))
}

// clockSlack is how far the clocks of the kernel's start times and of files may differ.
const clockSlack = 5 * time.Second

// started compares the start of the process with the file: a process that has started
// after the file was written has only inherited the number. PostgreSQL writes the start
// of its postmaster on the third line.
func (f File) started(p proc.Process, lines []string, written time.Time) error {
	start, err := p.Started()
	if err != nil {
		return err
	}
	if f.Kind == results.KindPostgres && len(lines) > 2 {
		if seconds, err := strconv.ParseInt(strings.TrimSpace(lines[2]), 10, 64); err == nil {
			written = time.Unix(seconds, 0)
		}
	}
	if start.After(written.Add(clockSlack)) {
		return fmt.Errorf("pidFile %s is stale: process %d has started at %s, after the file's %s",
			f.Path, p.PID, start.Format(time.DateTime), written.Format(time.DateTime))
	}
	return nil
}

// runs compares the executable with those of the component's kind.
func (f File) runs(p proc.Process) error {
	want := executables(f.Kind)
	names, err := p.Programs()
	if err != nil || len(want) == 0 {
		return err
	}
	fits := func(name string) bool {
		return slices.ContainsFunc(want, func(known string) bool {
			return name == known || f.Kind == results.KindOdoo && strings.HasPrefix(name, known)
		})
	}
	if !slices.ContainsFunc(names, fits) {
		return fmt.Errorf("pidFile %s: process %d runs %s, which is no %s (%s)", f.Path, p.PID, names[0], f.Kind,
			strings.Join(want, ", "))
	}
	return nil
}

// listens checks that the process, or one under it, listens on the component's port.
func (f File) listens(p proc.Process) error {
	if f.Port == 0 {
		return nil
	}
	listens, known, err := p.Listens(f.Port)
	if err != nil {
		return err
	}
	if known && !listens {
		return fmt.Errorf("pidFile %s: process %d does not listen on port %d of the component", f.Path, p.PID, f.Port)
	}
	return nil
}

// Keeper describes who keeps the process, as far as the kernel shows it: the unit of
// systemd, or the process that has started it. It is empty when there is no process.
func (f File) Keeper() string {
	p, err := f.Verify()
	if err != nil {
		return ""
	}
	if unit := p.Unit(); unit != "" {
		return "the unit " + unit + " of systemd"
	}
	parent, err := proc.Read(p.Parent)
	if err != nil {
		return ""
	}
	names, err := parent.Programs()
	if err != nil || p.Parent == 1 {
		return "process 1, which starts nothing again by itself"
	}
	return fmt.Sprintf("process %d (%s)", p.Parent, names[0])
}

// PID is that of the verified process, 0 for none.
func (f File) PID() int {
	p, err := f.Verify()
	if err != nil {
		return 0
	}
	return p.PID
}

// Running reports whether the verified process lives.
func (f File) Running() bool { return f.PID() != 0 }

// Kill sends SIGKILL. Who keeps the process starts it again.
func (f File) Kill(ctx context.Context) error { return f.Signal(ctx, syscall.SIGKILL) }

// Hold is refused.
func (f File) Hold(context.Context) error { return ErrForeign }

// Release has nothing to release.
func (f File) Release(context.Context) error { return nil }

// Signal reaches the verified process or none.
func (f File) Signal(_ context.Context, sig syscall.Signal) error {
	p, err := f.Verify()
	if err != nil {
		return err
	}
	return p.Signal(sig)
}

// PortOf reads the TCP port of the first address that has one: of a DSN of PostgreSQL, a
// URL or host:port. It is 0 when none has.
func PortOf(addresses ...string) int {
	for _, address := range addresses {
		if config, err := pgconn.ParseConfig(address); strings.HasPrefix(address, "postgres") && err == nil {
			if strings.HasPrefix(config.Host, "/") {
				continue // a Unix socket
			}
			return int(config.Port)
		}
		text := address
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			text = u.Host
			if u.Scheme == "redis" && u.Port() == "" {
				return 6379
			}
		}
		if _, port, err := net.SplitHostPort(text); err == nil {
			if n, err := strconv.Atoi(port); err == nil {
				return n
			}
		}
	}
	return 0
}
