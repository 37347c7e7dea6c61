package testbed

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// Redis starts a server without persistence.
func Redis(t testing.TB, name string) local.Part {
	t.Helper()
	port := freePort(t)
	server := binary(t, "redis-server")
	dir := t.TempDir()
	process := Supervise(t, func() *exec.Cmd {
		return exec.CommandContext(context.Background(), server, "--port", port, "--bind", "127.0.0.1", "--save", "",
			"--dir", dir, "--loglevel", "warning")
	})
	address := "127.0.0.1:" + port
	eventually.Nil(t, time.Minute, "Redis answers", func() error { return pong(t.Context(), address) })
	return local.Part{
		Component: component(name, results.KindRedis, "redis"), Process: process,
		RedisURL: secret.Text("redis://" + address), Proxy: proxy(t, name, address),
	}
}

func pong(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "+PONG") {
		err = fmt.Errorf("answered %q", line)
	}
	return err
}

// HTTP starts a server that answers every request with 200, as an ingress.
func HTTP(t testing.TB, name string) local.Part {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := serveHTTP(listener)
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return local.Part{
		Component: component(name, results.KindIngress, "ingress"), Proxy: proxy(t, name, listener.Addr().String()),
	}
}
