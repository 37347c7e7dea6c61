package guard

import (
	"context"
	"errors"
	"net"

	"example.org/odooharness/chaos"
)

// remote is a fault whose verbs travel over its lease.
type remote struct {
	client   *Client
	manifest chaos.Manifest
	targets  []chaos.Component
	line     *line
}

// Prepare opens the lease.
func (f *remote) Prepare(ctx context.Context) error {
	if f.line == nil {
		l, err := f.client.dial(ctx)
		if err != nil {
			return err
		}
		f.line = l
		if _, err := l.call(ctx, request{Verb: open, Manifest: &f.manifest, Targets: f.targets}); err != nil {
			return err
		}
	}
	_, err := f.call(ctx, prepare)
	return err
}

func (f *remote) Inject(ctx context.Context) error {
	_, err := f.call(ctx, inject)
	return err
}

func (f *remote) InEffect(ctx context.Context) (chaos.Proof, error) { return f.prove(ctx, inEffect) }

// Within implements [chaos.Bounded].
func (f *remote) Within(ctx context.Context) error {
	_, err := f.call(ctx, within)
	return err
}

func (f *remote) Recover(ctx context.Context) error {
	_, err := f.call(ctx, recoverIt)
	return err
}

func (f *remote) Recovered(ctx context.Context) (chaos.Proof, error) { return f.prove(ctx, recovered) }

// Close ends the lease. When it cannot be closed in order, the guard
// reverts the fault at the end of the connection.
func (f *remote) Close(ctx context.Context) error {
	if f.line == nil {
		return nil
	}
	_, err := f.call(ctx, closeIt)
	closed := f.line.conn.Close()
	f.line = nil
	if errors.Is(closed, net.ErrClosed) {
		closed = nil // ended before
	}
	return errors.Join(err, closed)
}

func (f *remote) call(ctx context.Context, v verb) (response, error) {
	if f.line == nil {
		return response{}, errors.New("the fault was not prepared")
	}
	return f.line.call(ctx, request{Verb: v})
}

func (f *remote) prove(ctx context.Context, v verb) (chaos.Proof, error) {
	r, err := f.call(ctx, v)
	if err != nil {
		return chaos.Proof{}, err
	}
	if r.Proof == nil {
		return chaos.Proof{}, errors.New("the guard gave no proof")
	}
	return *r.Proof, nil
}
