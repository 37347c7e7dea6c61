package guard_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
	"example.org/odooharness/results"
)

// TestMain turns the test binary into a harness that injects and is killed.
func TestMain(m *testing.M) {
	if socket := os.Getenv("GUARD_TEST_SOCKET"); socket != "" {
		if err := injectAndStay(socket, os.Getenv("GUARD_TEST_MANIFEST")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// injectAndStay injects, proves, prints the proof and waits to be killed.
func injectAndStay(socket, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m, err := manifest.Parse(path, raw)
	if err != nil {
		return err
	}
	client, err := guard.Dial(socket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	targets, err := client.Check(ctx, m)
	if err != nil {
		return err
	}
	fault, err := client.Fault(m, targets)
	if err != nil {
		return err
	}
	s := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return 0 }})
	if err := errors.Join(s.Prepare(ctx), s.Inject(ctx), s.InEffect(ctx)); err != nil {
		return err
	}
	fmt.Println("in effect:", s.Injection().Proof)
	<-ctx.Done()
	return ctx.Err()
}

// serve runs a guard over the parts until the test ends.
func serve(t *testing.T, driver chaos.Driver) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guard") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- guard.Serve(ctx, listener, driver) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return socket
}

// killed starts a harness in a process of its own, waits for its fault and kills
// it with SIGKILL.
func killed(t *testing.T, socket, kind, label, spec string) {
	t.Helper()
	version := manifest.MeshVersion
	if kind == "PostgresChaos" || kind == "RedisChaos" {
		version = manifest.OwnVersion
	}
	spec += "\n  mode: all\n  selector: {labelSelectors: {app.kubernetes.io/name: " + label + "}}\n  duration: 60s\n"
	path := filepath.Join(t.TempDir(), "fault.yaml")
	if err := os.WriteFile(path, testbed.Manifest(kind, version, "orphan", "database", spec), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "GUARD_TEST_SOCKET="+socket, "GUARD_TEST_MANIFEST="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, _ := out.Read(buffer)
	if line := string(buffer[:n]); !strings.HasPrefix(line, "in effect:") {
		t.Fatalf("the harness printed %q", line)
	} else {
		t.Log(strings.TrimSpace(line))
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

// ended waits until the check succeeds. The limit is 10 s.
func ended(t *testing.T, check func() error) {
	t.Helper()
	start := time.Now()
	eventually.Nil(t, time.Minute, "the fault has ended", check)
	t.Logf("ended %v after the kill", time.Since(start).Round(time.Millisecond))
}

func TestKilledHarnessLeavesNoPartition(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	socket := serve(t, local.New([]local.Part{part}))
	killed(t, socket, "NetworkChaos", "redis", "  action: partition")
	ended(t, func() error {
		conn, err := net.DialTimeout("tcp", part.Proxy.Address(), time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return err
		}
		_, err = conn.Read(make([]byte, 7))
		return err
	})
	nothingActive(t, socket)
}

func TestKilledHarnessLeavesNoLock(t *testing.T) {
	part := testbed.Postgres(t, "t1/postgres", "t1")
	socket := serve(t, local.New([]local.Part{part}))
	killed(t, socket, "PostgresChaos", "postgresql", "  action: lock-table\n  parameters: {table: stock_quant}")
	conn, err := pgx.Connect(t.Context(), strings.Replace(part.DSN.Reveal(), "/postgres?", "/t1?", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	ended(t, func() error {
		_, err := conn.Exec(t.Context(), `begin; lock table stock_quant in access exclusive mode nowait`)
		_, _ = conn.Exec(t.Context(), `rollback`)
		return err
	})
	nothingActive(t, socket)
}

func TestKilledHarnessLeavesNoProcessDownOrFrozen(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	socket := serve(t, local.New([]local.Part{part}))
	answers := func() error {
		conn, err := net.DialTimeout("tcp", part.Proxy.Upstream(), time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond))
		_, err = conn.Write([]byte("PING\r\n"))
		if err == nil {
			_, err = conn.Read(make([]byte, 7))
		}
		return err
	}
	for kind, action := range map[string]string{"PodChaos": "pod-failure", "RedisChaos": "freeze"} {
		killed(t, socket, kind, "redis", "  action: "+action)
		ended(t, answers)
	}
	nothingActive(t, socket)
}

func nothingActive(t *testing.T, socket string) {
	t.Helper()
	client, err := guard.Dial(socket)
	if err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "no fault is active", func() error {
		active, err := client.Active(t.Context())
		if err == nil && len(active) > 0 {
			err = fmt.Errorf("still active: %+v", active)
		}
		return err
	})
}
