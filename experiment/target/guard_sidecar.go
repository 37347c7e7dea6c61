package target

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/experiment/spec"
)

// SidecarEnv names the Unix socket of a sidecar that starts guards: another container of
// the harness's pod. A guard within the harness's own container ends with it.
const SidecarEnv = "HARNESS_GUARD"

// sidecarLimit is how long the harness waits for its sidecar, which starts next to it.
const sidecarLimit = 20 * time.Second

// ended is the kind of the last line on a connection to a sidecar, with the guard's error.
const ended = "ended"

// order is the first line of a connection to a sidecar: the guard that it starts.
type order struct {
	Setup, Socket, Run string
}

// ServeSidecar starts a guard for every connection on a Unix socket, with the command that
// begin returns. The connection is the guard's standard input and output. The kernel closes
// it when the harness's container is killed, and the guard then reverts its faults. When
// ctx ends, so do the guards.
func ServeSidecar(ctx context.Context, socket string, begin func(setup, socket, run string) *exec.Cmd) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) { // of a container that was restarted
		return fmt.Errorf("remove an earlier socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("listen for the harness: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var guards sync.WaitGroup
	defer guards.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept the harness: %w", err)
		}
		guards.Go(func() { host(ctx, conn.(*net.UnixConn), begin) })
	}
}

// host runs the guard of one connection, and reports its end on it.
func host(ctx context.Context, conn *net.UnixConn, begin func(setup, socket, run string) *exec.Cmd) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.CloseRead() }) // the end of the guard's input
	defer stop()
	var o order
	line, err := bufio.NewReader(conn).ReadBytes('\n') // nothing follows it
	if err == nil {
		err = json.Unmarshal(line, &o)
	}
	if err == nil {
		err = serveOrder(conn, begin(o.Setup, o.Socket, o.Run))
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	_ = announce(conn, ended, text) // the harness may have been killed
}

func serveOrder(conn *net.UnixConn, guard *exec.Cmd) error {
	file, err := conn.File()
	if err != nil {
		return err
	}
	guard.Stdin, guard.Stdout = file, file
	return errors.Join(guard.Run(), file.Close())
}

// joinSidecar has the sidecar start a guard for a setup.
func joinSidecar(ctx context.Context, s spec.Setup, sidecar string) (*guardProcess, error) {
	path, err := filepath.Abs(s.Path)
	if err != nil {
		return nil, err
	}
	conn, err := dialSidecar(ctx, sidecar)
	if err != nil {
		return nil, fmt.Errorf("reach the sidecar that %s names: %w; it needs Kubernetes 1.29 or later", SidecarEnv, err)
	}
	dir, err := makeFolder()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	lines := bufio.NewReader(conn)
	p := &guardProcess{
		dir: dir, socket: filepath.Join(dir, "guard.sock"), stop: conn.CloseWrite, kill: func() { _ = conn.Close() },
		wait: func() error { return errors.Join(awaitEnd(lines), conn.Close()) },
	}
	err = json.NewEncoder(conn).Encode(order{Setup: path, Socket: p.socket, Run: s.Run})
	if err == nil {
		p.notes, err = listen(lines)
	}
	if err != nil {
		return nil, errors.Join(err, p.close(ctx))
	}
	return p, nil
}

// dialSidecar connects to the sidecar, which may still start.
func dialSidecar(ctx context.Context, socket string) (*net.UnixConn, error) {
	ctx, cancel := context.WithTimeout(ctx, sidecarLimit)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		if err == nil {
			return conn.(*net.UnixConn), nil
		}
		select {
		case <-ctx.Done():
			return nil, cmp.Or(err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// awaitEnd reads the last line of a guard that a sidecar has started.
func awaitEnd(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadString('\n')
		kind, quoted, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch text, unquoteErr := strconv.Unquote(quoted); {
		case errors.Is(err, io.EOF):
			return errors.New("the sidecar ended before the guard did")
		case err != nil:
			return fmt.Errorf("wait for the guard: %w", err)
		case kind == ended && unquoteErr == nil && text != "":
			return fmt.Errorf("the guard has failed (%s); its messages are in the log of the sidecar", text)
		case kind == ended:
			return nil
		}
	}
}
