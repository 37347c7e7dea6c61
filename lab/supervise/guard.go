package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/local"
)

// guarding is the guard while it serves.
type guarding struct {
	cancel context.CancelFunc
	done   chan error
}

// serveGuard listens on the guard's socket in the state folder.
func serveGuard(state string, driver *local.Driver) (*guarding, error) {
	ctx, cancel := context.WithCancel(context.Background())
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", guardSocket(state))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open the guard's socket: %w", err)
	}
	if err := os.Chmod(guardSocket(state), 0o600); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("close the guard's socket to others: %w", err), l.Close())
	}
	g := &guarding{cancel: cancel, done: make(chan error, 1)}
	go func() { g.done <- guard.Serve(ctx, l, driver) }()
	return g, nil
}

// stop recovers the faults in effect and waits for that.
func (g *guarding) stop() error {
	g.cancel()
	if err := <-g.done; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("end the guard: %w", err)
	}
	return nil
}
