package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"example.org/odooharness/chaos"
)

// Client is a [chaos.Driver] whose faults are on the other side of a socket.
type Client struct {
	connect connect
	driver  string
}

// connect opens a connection to the guard.
type connect func(ctx context.Context) (net.Conn, error)

// dialLimit bounds connecting and the first exchange.
const dialLimit = 5 * time.Second

// Dial checks that a guard answers on the socket.
func Dial(socket string) (*Client, error) {
	return newClient(func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	})
}

func newClient(connect connect) (*Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	c := &Client{connect: connect}
	r, err := c.once(ctx, request{Verb: hello})
	if err != nil {
		return nil, fmt.Errorf("reach guard: %w", err)
	}
	if r.Version != protocolVersion {
		return nil, fmt.Errorf("reach guard: it has version %d of the protocol, this harness %d; "+
			"start the lab with the same harness", r.Version, protocolVersion)
	}
	c.driver = r.Driver
	return c, nil
}

// Name is that of the driver behind the guard.
func (c *Client) Name() string { return c.driver }

// Check implements [chaos.Driver].
func (c *Client) Check(ctx context.Context, m chaos.Manifest) ([]chaos.Component, error) {
	r, err := c.once(ctx, request{Verb: check, Manifest: &m})
	return r.Targets, err
}

// Fault implements [chaos.Driver]. The lease begins with Prepare.
func (c *Client) Fault(m chaos.Manifest, targets []chaos.Component) (chaos.Fault, error) {
	return &remote{client: c, manifest: m, targets: targets}, nil
}

// Active lists the faults that the guard holds now, of every client.
func (c *Client) Active(ctx context.Context) ([]Active, error) {
	r, err := c.once(ctx, request{Verb: list})
	return r.Active, err
}

// RecoverAll reverts the faults of every client.
func (c *Client) RecoverAll(ctx context.Context) error {
	_, err := c.once(ctx, request{Verb: recoverAll})
	return err
}

// once sends one request on a connection of its own.
func (c *Client) once(ctx context.Context, frame request) (response, error) {
	l, err := c.dial(ctx)
	if err != nil {
		return response{}, err
	}
	defer l.conn.Close() // nothing is held
	return l.call(ctx, frame)
}

func (c *Client) dial(ctx context.Context) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("dial guard: %w", err)
	}
	return &line{conn: conn, encoder: json.NewEncoder(conn), decoder: json.NewDecoder(conn)}, nil
}

// line is one connection, on which one request is open at a time.
type line struct {
	mu      sync.Mutex
	conn    net.Conn
	encoder *json.Encoder
	decoder *json.Decoder
	next    int
}

// patience is how long the answer to a cancelled verb is awaited.
const patience = 5 * time.Second

// call sends a request and waits for its answer. When ctx ends first, it sends cancel
// and waits a little longer: the connection is the lease and must stay in step.
func (l *line) call(ctx context.Context, frame request) (response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return response{}, fmt.Errorf("%s: %w", frame.Verb, err)
	}
	l.next++
	frame.ID = l.next
	if deadline, ok := ctx.Deadline(); ok {
		frame.Limit = max(1, time.Until(deadline).Milliseconds())
	}
	if err := l.encoder.Encode(frame); err != nil {
		return response{}, fmt.Errorf("send to guard: %w", err)
	}
	_ = l.conn.SetReadDeadline(time.Time{})
	sent := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(sent)
		_ = l.encoder.Encode(request{Verb: cancelVerb})
		_ = l.conn.SetReadDeadline(time.Now().Add(patience))
	})
	var r response
	err := l.decoder.Decode(&r)
	if !stop() {
		<-sent // the next request must not meet it on the connection
	}
	switch {
	case err == nil && r.ID == frame.ID && r.sent() != nil:
		return r, r.sent()
	case err == nil && r.ID == frame.ID && r.Err != "" && ctx.Err() != nil:
		return r, fmt.Errorf("%s: %w: %s", frame.Verb, ctx.Err(), r.Err)
	case err != nil:
		_ = l.conn.Close() // out of step: the lease ends, and with it the fault
		return response{}, fmt.Errorf("guard does not answer %s, the lease ends: %w", frame.Verb, err)
	case r.ID != frame.ID:
		_ = l.conn.Close()
		return response{}, fmt.Errorf("guard answers %d to request %d, the lease ends", r.ID, frame.ID)
	case r.Err != "":
		return r, errors.New(r.Err)
	}
	return r, nil
}
