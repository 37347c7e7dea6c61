package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/chaos"
)

// Grace is how long a fault may outlive its duration before the guard takes it
// back: the client, which knows the trial's clock, goes first.
const Grace = 5 * time.Second

// Guard serves leases on faults of one driver.
type Guard struct {
	driver chaos.Driver
	grace  time.Duration

	mu     sync.Mutex
	leases map[*lease]bool
}

// New returns a guard over the driver.
func New(driver chaos.Driver) *Guard {
	return &Guard{driver: driver, grace: Grace, leases: map[*lease]bool{}}
}

// Serve answers on the listener until ctx is over, then reverts every fault
// and returns. The caller protects the socket: who can connect can inject.
func Serve(ctx context.Context, listener net.Listener, driver chaos.Driver) error {
	return New(driver).Serve(ctx, listener)
}

// Serve answers on the listener until ctx is over, then reverts every fault
// and returns. The error is that of the listener, or of faults that stayed.
func (g *Guard) Serve(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var connections sync.WaitGroup
	var failed error
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() == nil {
				failed = fmt.Errorf("accept for guard: %w", err)
			}
			break
		}
		connections.Go(func() { g.talk(ctx, conn) })
	}
	cancel() // every connection ends its lease
	connections.Wait()
	for _, left := range g.Active() {
		failed = errors.Join(failed, fmt.Errorf("fault %s on %s is left: %s",
			left.Name, strings.Join(left.Targets, ", "), left.Err))
	}
	return failed
}

// Active lists the faults that are injected now.
func (g *Guard) Active() []Active {
	g.mu.Lock()
	defer g.mu.Unlock()
	var found []Active
	for l := range g.leases {
		if active, touched := l.describe(); touched {
			found = append(found, active)
		}
	}
	slices.SortFunc(found, func(a, b Active) int { return a.Injected.Compare(b.Injected) })
	return found
}

// RecoverAll reverts every fault, of every client.
func (g *Guard) RecoverAll(ctx context.Context) error {
	g.mu.Lock()
	var all []*lease
	for l := range g.leases {
		all = append(all, l)
	}
	g.mu.Unlock()
	var problems []error
	for _, l := range all {
		problems = append(problems, l.revert(ctx))
	}
	return errors.Join(problems...)
}

// talk owns one connection: frames are read on a goroutine of its own, so that
// the end of the client is noticed while a verb runs.
func (g *Guard) talk(serving context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(serving)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	frames := make(chan request)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel() // the client has ended, or ctx is over
		decoder := json.NewDecoder(conn)
		for {
			var frame request
			if err := decoder.Decode(&frame); err != nil {
				return
			}
			select {
			case frames <- frame:
			case <-ctx.Done():
				return
			}
		}
	})
	t := &talk{guard: g, encoder: json.NewEncoder(conn)}
	t.run(ctx, frames)
	cancel()
	reader.Wait()
	if t.lease != nil {
		g.release(serving, t.lease)
	}
}

// keep remembers a lease from its opening on.
func (g *Guard) keep(l *lease) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leases[l] = true
}

// release ends a lease: the fault is reverted and closed, and forgotten once
// that has succeeded. It is tried for a minute, for ten seconds when the guard
// ends; after that it stays listed, for RecoverAll to try again.
func (g *Guard) release(serving context.Context, l *lease) {
	l.orphan()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stop := context.AfterFunc(serving, func() {
		timer := time.NewTimer(10 * time.Second)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-ctx.Done():
		}
	})
	defer stop()
	if err := l.end(ctx); err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.leases, l)
}
