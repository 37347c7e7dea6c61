package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
)

// talk answers the frames of one connection.
type talk struct {
	guard   *Guard
	encoder *json.Encoder
	lease   *lease
}

// run answers frames until ctx is over. While a verb runs, cancel ends it; the
// lease's deadline reverts the fault.
func (t *talk) run(ctx context.Context, frames <-chan request) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.deadline():
			t.lease.expire(ctx)
		case frame := <-frames:
			if frame.Verb == cancelVerb { // came after the answer
				continue
			}
			if err := t.encoder.Encode(t.answer(ctx, frame, frames)); err != nil {
				return // the client has ended; the reader notices as well
			}
		}
	}
}

// deadline fires when the fault has outlived its duration.
func (t *talk) deadline() <-chan time.Time {
	if t.lease == nil {
		return nil
	}
	return t.lease.deadline()
}

// answer runs one verb.
func (t *talk) answer(ctx context.Context, frame request, frames <-chan request) response {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if frame.Limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(frame.Limit)*time.Millisecond)
		defer stop()
	}
	deadline := t.deadline() // before open can change the lease
	late := false
	done := make(chan response, 1)
	go func() { done <- t.do(ctx, frame) }()
	for {
		select {
		case r := <-done:
			if late {
				t.lease.due() // run reverts the fault now
			}
			r.ID = frame.ID
			return r
		case <-deadline:
			late = true
			cancel()
		case next := <-frames:
			if next.Verb == cancelVerb {
				cancel()
			}
			// Any other frame while a verb runs breaks the protocol: a client
			// waits for its answer. It gets none.
		}
	}
}

// do runs the verb; a panic in a fault is an error of that fault and must not
// end the guard, which holds others.
func (t *talk) do(ctx context.Context, frame request) (r response) {
	defer func() {
		if p := recover(); p != nil {
			r = response{Err: fmt.Sprintf("the fault panicked: %v", p)}
		}
	}()
	proof, err := t.dispatch(ctx, frame, &r)
	if err != nil {
		return response{Err: err.Error(), Beyond: errors.Is(err, chaos.ErrBeyondPlan), Lost: errors.Is(err, chaos.ErrLost)}
	}
	r.Proof = proof
	return r
}

func (t *talk) dispatch(ctx context.Context, frame request, r *response) (proof *chaos.Proof, err error) {
	switch frame.Verb {
	case hello:
		r.Version, r.Driver = protocolVersion, t.guard.driver.Name()
		return nil, nil
	case check:
		if frame.Manifest == nil {
			return nil, fmt.Errorf("check without a manifest")
		}
		r.Targets, err = t.guard.driver.Check(ctx, *frame.Manifest)
		return nil, err
	case open:
		return nil, t.open(frame)
	case list:
		r.Active = t.guard.Active()
		return nil, nil
	case recoverAll:
		return nil, t.guard.RecoverAll(ctx)
	}
	if t.lease == nil {
		return nil, fmt.Errorf("verb %q without an open fault", frame.Verb)
	}
	return t.lease.do(ctx, frame.Verb)
}

// open makes the connection the lease of a fault.
func (t *talk) open(frame request) error {
	if t.lease != nil {
		return fmt.Errorf("this connection has a fault already")
	}
	if frame.Manifest == nil {
		return fmt.Errorf("open without a manifest")
	}
	fault, err := t.guard.driver.Fault(*frame.Manifest, frame.Targets)
	if err != nil {
		return err
	}
	t.lease = newLease(fault, *frame.Manifest, frame.Targets, t.guard.grace)
	t.guard.keep(t.lease)
	return nil
}
