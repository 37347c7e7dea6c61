package pidfile_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos/local/pidfile"
	"example.org/odooharness/internal/testing/testbed"
	"example.org/odooharness/results"
)

// A number in a file may be anybody's: only the component's own process is signalled.
func TestPIDFile(t *testing.T) {
	server := testbed.Redis(t, "t1/redis")
	port := pidfile.PortOf(server.RedisURL.Reveal())
	bystander := exec.CommandContext(t.Context(), "sleep", "600")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bystander.Process.Kill(); _ = bystander.Wait() })
	gone := exec.CommandContext(t.Context(), "true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	write := func(t *testing.T, text string, age time.Duration) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "server.pid")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		written := time.Now().Add(-age)
		if err := os.Chtimes(path, written, written); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, foreign := strconv.Itoa(server.Process.PID()), strconv.Itoa(bystander.Process.Pid)
	for name, test := range map[string]struct {
		kind results.Kind
		text string
		age  time.Duration
		port int
		want string // empty: it is the component's
	}{
		"the server":             {"redis", own + "\n", 0, port, ""},
		"no port is known":       {"redis", own, 0, 0, ""},
		"another port":           {"redis", own, 0, 1, "does not listen on port 1 "},
		"written before it":      {"redis", own, time.Hour, port, "is stale: process"},
		"another program":        {"redis", foreign, 0, 0, "runs sleep, which is no redis"},
		"another kind":           {"postgres", own, 0, 0, "runs redis-server, which is no postgres"},
		"a kind of any program":  {"connector", foreign, 0, 0, ""},
		"any program, its port":  {"connector", foreign, 0, port, "does not listen"},
		"any program, reused":    {"connector", foreign, time.Hour, 0, "is stale"},
		"a postmaster of before": {"postgres", foreign + "\n/data\n" + fmt.Sprint(time.Now().Add(-time.Hour).Unix()) + "\n5432\n", 0, 0, "is stale"},
		"it has ended":           {"redis", strconv.Itoa(gone.Process.Pid), 0, 0, "there is no process"},
		"no number":              {"redis", "running\n", 0, 0, "is no process number"},
		"init":                   {"redis", "1\n", 0, 0, "is no process number"},
	} {
		t.Run(name, func(t *testing.T) {
			f := pidfile.File{Path: write(t, test.text, test.age), Kind: test.kind, Port: test.port}
			_, err := f.Verify()
			if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if f.Running() != (err == nil) {
				t.Errorf("running is %t", f.Running())
			}
			if err == nil {
				return
			}
			if err := f.Kill(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("kill: %v, want it refused", err)
			}
			if bystander.Process.Signal(syscall.Signal(0)) != nil {
				t.Fatal("the bystander was signalled")
			}
		})
	}
	if conn, err := net.Dial("tcp", server.Proxy.Upstream()); err != nil {
		t.Errorf("the server: %v", err)
	} else {
		_ = conn.Close()
	}
	path := write(t, own, 0)
	if err := (pidfile.File{Path: path, Kind: "redis", Port: port}).Kill(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPortOf(t *testing.T) {
	for _, test := range []struct {
		addresses []string
		want      int
	}{
		{nil, 0}, {[]string{""}, 0},
		{[]string{"", "127.0.0.1:80"}, 80},
		{[]string{"postgres://u:p@db:5433/postgres?sslmode=disable"}, 5433},
		{[]string{"postgres://u@db/postgres"}, 5432},
		{[]string{"postgres://u@/postgres?host=/run/postgresql"}, 0},
		{[]string{"redis://:secret@127.0.0.1:6380/0"}, 6380},
		{[]string{"redis://127.0.0.1"}, 6379},
		{[]string{"http://127.0.0.1:8069"}, 8069},
		{[]string{"nonsense", "[::1]:99"}, 99},
	} {
		if got := pidfile.PortOf(test.addresses...); got != test.want {
			t.Errorf("%q: %d, want %d", test.addresses, got, test.want)
		}
	}
}
