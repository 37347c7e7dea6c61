//go:build odoo

package odoostack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/odoostack/debian"
)

// TestMain plays the program that the lab starts for its connector and carrier.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "lab" {
		var err error
		switch os.Args[2] {
		case "supervise":
			err = superviseHere(os.Args[4])
		case "carrier":
			err = carrier.Run(context.Background(), os.Args[4])
		case "connector":
			var config connector.Config
			if config, err = connector.LoadConfig(os.Args[4]); err == nil {
				err = connector.Run(context.Background(), config)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rig runs a stack without the supervisor: the builder is tested alone.
type rig struct {
	t       *testing.T
	stack   *lab.Stack
	dir     string
	servers map[string]*server
}

// server is a process of the rig.
type server struct {
	process lab.Process
	cmd     *exec.Cmd
	done    chan struct{}
}

// up builds and starts a lab, and takes it down with the test, after which
// nothing may be left.
func up(t *testing.T, spec lab.Spec) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), servers: map[string]*server{}}
	if err := os.Chmod(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	stack, err := Builder{}.Build(t.Context(), spec, r.dir, lines.Logger(func(line string) { t.Log(line) }))
	if err != nil {
		t.Fatal(err)
	}
	r.stack = stack
	t.Logf("built after %.1f s; cpu enforced %v %s", time.Since(began).Seconds(), stack.CPUEnforced, stack.CPUNote)
	t.Cleanup(r.down)
	for _, e := range stack.Edges {
		r.open(e)
	}
	for _, p := range stack.Processes {
		at := time.Now()
		r.start(p.Component)
		r.wait(p.Component)
		t.Logf("%-16s ready after %.1f s", p.Component, time.Since(at).Seconds())
	}
	t.Logf("up after %.1f s", time.Since(began).Seconds())
	return r
}

// start starts a component's process.
func (r *rig) start(component string) {
	r.t.Helper()
	s := &server{process: r.process(component), done: make(chan struct{})}
	s.cmd = s.process.Command()
	log, err := os.OpenFile(s.process.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
		_ = log.Close()
		close(s.done)
	}()
	if err := <-started; err != nil {
		r.t.Fatalf("starting %s: %v", component, err)
	}
	r.servers[component] = s
}

// wait repeats the ready check as a supervisor does.
func (r *rig) wait(component string) {
	r.t.Helper()
	s := r.servers[component]
	deadline := time.Now().Add(4 * time.Minute)
	for {
		ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Second) // as the supervisor does
		err := s.process.Ready(ctx)
		cancel()
		if err == nil {
			return
		}
		select {
		case <-s.done:
			r.t.Fatalf("%s ended: %v\n%s", component, err, r.log(component))
		default:
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s is not ready: %v\n%s", component, err, r.log(component))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// stop ends a component's process by the signal and waits for it.
func (r *rig) stop(component string, sig syscall.Signal) {
	s := r.servers[component]
	if s == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, sig)
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		r.t.Errorf("%s did not end on %v", component, sig)
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.done
	}
	delete(r.servers, component)
}

func (r *rig) down() {
	for i := len(r.stack.Processes) - 1; i >= 0; i-- {
		p := r.stack.Processes[i]
		at := time.Now()
		r.stop(p.Component, p.Stop)
		if took := time.Since(at); took > 3*time.Second {
			r.t.Logf("%s took %.1f s to stop", p.Component, took.Seconds())
		}
	}
	if err := r.stack.Close(); err != nil {
		r.t.Errorf("close: %v", err)
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		r.t.Error(err)
	}
	if strings.Contains(string(mounts), r.dir) || strings.Contains(string(mounts), "odoo-harness/root-") {
		r.t.Errorf("mounts are left:\n%s", mounts)
	}
	for _, c := range r.stack.Components {
		if c.Cgroup == "" {
			continue
		}
		if _, err := os.Stat(c.Cgroup); !errors.Is(err, os.ErrNotExist) {
			r.t.Errorf("cgroup %s is left", c.Cgroup)
		}
	}
}

func (r *rig) process(component string) lab.Process {
	for _, p := range r.stack.Processes {
		if p.Component == component {
			return p
		}
	}
	r.t.Fatalf("no process %s", component)
	return lab.Process{}
}

func (r *rig) component(name string) lab.Running {
	for _, c := range r.stack.Components {
		if c.Name == name {
			return c
		}
	}
	r.t.Fatalf("no component %s", name)
	return lab.Running{}
}

func (r *rig) log(component string) string {
	raw, _ := os.ReadFile(r.process(component).Log)
	return debian.LastLines(string(raw), 25)
}

// open proxies an edge until the test ends.
func (r *rig) open(e lab.Edge) {
	l, err := net.Listen("tcp", e.Listen)
	if err != nil {
		r.t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { pipe(client, e.Upstream) })
		}
	})
	r.t.Cleanup(func() { _ = l.Close() }) // connections end with the servers
}

func pipe(client net.Conn, upstream string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, client); _ = server.(*net.TCPConn).CloseWrite() })
	both.Go(func() { _, _ = io.Copy(client, server); _ = client.(*net.TCPConn).CloseWrite() })
	both.Wait()
}

// memory is the proportional memory of every process of the lab, in MB.
func (r *rig) memory() float64 {
	total := 0.0
	for _, s := range r.servers {
		total += memoryBelow(s.cmd.Process.Pid)
	}
	return total
}

// memoryBelow is the proportional memory of a process and its descendants, in MB.
func memoryBelow(root int) float64 {
	total := 0.0
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range procs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(dir), "%d", &pid); err != nil || !descends(pid, root) {
			continue
		}
		raw, _ := os.ReadFile(dir + "/smaps_rollup")
		for line := range strings.Lines(string(raw)) {
			var kb float64
			if n, _ := fmt.Sscanf(line, "Pss: %f kB", &kb); n == 1 {
				total += kb / 1024
			}
		}
	}
	return total
}

// descends follows parents up to the root process.
func descends(pid, root int) bool {
	for pid > 1 {
		if pid == root {
			return true
		}
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		if len(fields) < 2 {
			return false
		}
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			return false
		}
	}
	return false
}
