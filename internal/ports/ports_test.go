package ports

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test binary be another process, which takes ports until its input ends.
func TestMain(m *testing.M) {
	if os.Getenv("PORTS_TEST_TAKE") == "" {
		os.Exit(m.Run())
	}
	for range 20 {
		address, err := Take(context.Background())
		if err != nil {
			address = err.Error()
		}
		fmt.Println(address)
	}
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// Ports are handed out once each, none on which somebody listens, and all below those of
// outgoing connections.
func TestTake(t *testing.T) {
	seen := map[string]bool{}
	var listener net.Listener
	for range 20 {
		address, err := Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Errorf("%s is taken already", address)
		}
		seen[address] = true
		if listener == nil {
			if listener, err = net.Listen("tcp", address); err != nil {
				t.Fatalf("the port cannot be used: %v", err)
			}
			defer listener.Close()
		}
	}
	port, err := Number(t.Context())
	if err != nil || port < first || port >= outgoing() {
		t.Errorf("port %d, %v; want one from %d to %d", port, err, first, outgoing())
	}
}

// A port that another process has taken is taken while that process lives, though nobody
// listens there.
func TestReserved(t *testing.T) {
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), "PORTS_TEST_TAKE=1")
	in, err1 := other.StdinPipe()
	out, err2 := other.StdoutPipe()
	if err := errors.Join(err1, err2, other.Start()); err != nil {
		t.Fatal(err)
	}
	var taken []int
	lines := bufio.NewScanner(out)
	for len(taken) < 20 && lines.Scan() {
		var port int
		if _, err := fmt.Sscanf(strings.TrimSpace(lines.Text()), "127.0.0.1:%d", &port); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		taken = append(taken, port)
		if fd, err := reserve(port); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("port %d can be reserved twice: %d, %v", port, fd, err)
		}
	}
	if len(taken) != 20 {
		t.Fatalf("%d ports were taken, want 20", len(taken))
	}
	_ = in.Close()
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	fd, err := reserve(taken[0])
	if err != nil {
		t.Fatalf("port %d stays reserved: %v", taken[0], err)
	}
	if err := syscall.Close(fd); err != nil {
		t.Error(err)
	}
}
