package chaos

import (
	"context"
	"errors"
	"time"
)

// Plan is when a session injects and for how long.
type Plan struct {
	// Start waits for the instant to inject; nil is at once. Prepare has been
	// called before, so that injecting takes no longer than it must.
	Start func(ctx context.Context) error
	// Hold is the time from Inject to Recover, 0 for a fault that happens at
	// once: then Recover follows the proof.
	Hold time.Duration
}

// Run takes the session from Fresh to Closed: Prepare, Start, Inject, InEffect,
// hold, Recover, Recovered, Close. After an error, a cancelled
// context or a panic, the fault is still reverted and the session closed, with
// contexts of their own. Run returns every problem; the record is in
// [Session.Injection].
func (s *Session) Run(ctx context.Context, plan Plan) (err error) {
	defer func() {
		// Runs during a panic as well; the panic goes on afterwards.
		err = errors.Join(err, s.finish(ctx))
	}()
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	if plan.Start != nil {
		if err := plan.Start(ctx); err != nil {
			return err
		}
	}
	if err := s.Inject(ctx); err != nil {
		return err
	}
	return s.hold(ctx, plan.Hold)
}

// hold waits for the proof and for the end of the hold. The time counts from the
// injection, not from the proof: a slow proof must not prolong the fault.
func (s *Session) hold(ctx context.Context, hold time.Duration) error {
	if hold == 0 {
		return s.InEffect(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := time.NewTimer(hold)
	defer end.Stop()

	bounded, stop := context.WithTimeout(ctx, hold)
	defer stop()
	err := s.InEffect(bounded)
	if ctx.Err() != nil || errors.Is(err, ErrBeyondPlan) {
		return errors.Join(err, ctx.Err())
	}
	watched := make(chan error, 1)
	go func() { watched <- s.watch(ctx) }()
	select {
	case <-end.C:
		cancel()
		return errors.Join(err, <-watched)
	case beyond := <-watched:
		return errors.Join(err, beyond, ctx.Err())
	}
}

// finish recovers what is injected, waits for the proof that it has ended, and
// closes. The wait ends with the caller's context when that is over already: a
// person who presses Ctrl-C waits for the recovery, not for its proof.
func (s *Session) finish(ctx context.Context) error {
	var problems []error
	if s.State().Touched() {
		problems = append(problems, s.Recover(ctx))
	}
	if s.State() == Removed {
		limit := s.options.Gone
		if ctx.Err() != nil {
			limit = min(limit, 5*time.Second)
		}
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
		defer cancel()
		problems = append(problems, s.Recovered(bounded))
	}
	problems = append(problems, s.Close(ctx))
	return errors.Join(problems...)
}
