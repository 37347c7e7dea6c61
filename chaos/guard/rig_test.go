package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"example.org/odooharness/chaos"
)

// script is a driver with one fault that follows the test's script.
type script struct {
	mu       sync.Mutex
	injected bool
	closed   bool
	failures int           // of Recover, before it succeeds
	block    chan struct{} // InEffect waits for it or for its context
	panics   bool
	beyond   bool // it hits more than was planned
	lost     bool // its effect has ended
}

func (s *script) Name() string { return "script" }

func (s *script) Check(context.Context, chaos.Manifest) ([]chaos.Component, error) {
	return []chaos.Component{{Name: "t1/x", Kind: "x"}}, nil
}

func (s *script) Fault(chaos.Manifest, []chaos.Component) (chaos.Fault, error) { return s, nil }

func (s *script) Prepare(context.Context) error { return nil }

func (s *script) Inject(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.injected = true
	if s.panics {
		panic("on purpose")
	}
	return nil
}

func (s *script) InEffect(ctx context.Context) (chaos.Proof, error) {
	if s.block != nil {
		select {
		case <-s.block:
		case <-ctx.Done():
			return chaos.Proof{}, ctx.Err()
		}
	}
	return chaos.Proof{Shown: true, Evidence: "seen"}, nil
}

func (s *script) Within(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.beyond {
		return fmt.Errorf("%w: hit t2/x", chaos.ErrBeyondPlan)
	}
	if s.lost {
		return fmt.Errorf("%w: pod t1/x was evicted", chaos.ErrLost)
	}
	return nil
}

func (s *script) Recover(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.failures--
		return errors.New("not yet")
	}
	s.injected = false
	return nil
}

func (s *script) Recovered(context.Context) (chaos.Proof, error) {
	return chaos.Proof{Shown: true, Evidence: "gone"}, nil
}

func (s *script) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *script) is(injected, closed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.injected == injected && s.closed == closed
}

// pipes is a listener whose connections are in memory, so that a test can run in
// virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) connect(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// start serves the driver; the returned function ends the guard. It is called in a
// bubble of virtual time.
func start(t *testing.T, driver chaos.Driver) (*Client, *Guard, func() error) {
	t.Helper()
	listener := newPipes()
	g := New(driver)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx, listener) }()
	var once sync.Once
	var served error
	stop := func() error { once.Do(func() { cancel(); served = <-done }); return served }
	t.Cleanup(func() { _ = stop() })
	client, err := newClient(listener.connect)
	if err != nil {
		t.Fatal(err)
	}
	return client, g, stop
}

func inject1(t *testing.T, client *Client, duration time.Duration) chaos.Fault {
	t.Helper()
	fault, err := client.Fault(chaos.Manifest{Name: "f", Duration: duration}, []chaos.Component{{Name: "t1/x"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	return fault
}
