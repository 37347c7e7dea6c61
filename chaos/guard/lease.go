package guard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/odooharness/chaos"
)

// lease is a fault with its end.
type lease struct {
	fault    chaos.Fault
	manifest chaos.Manifest
	targets  []string
	grace    time.Duration

	verb sync.Mutex // one verb at a time

	mu       sync.Mutex // guards what follows
	touched  bool       // Inject was called, Recover has not succeeded since
	injected time.Time
	timer    *time.Timer // from Inject to the end of the grace
	now      chan time.Time
	expired  bool
	orphaned bool
	failure  string
}

func newLease(fault chaos.Fault, m chaos.Manifest, targets []chaos.Component, grace time.Duration) *lease {
	l := &lease{fault: fault, manifest: m, grace: grace, now: make(chan time.Time, 1)}
	for _, target := range targets {
		l.targets = append(l.targets, target.Name)
	}
	return l
}

// deadline delivers once, when the fault has outlived its duration and grace.
func (l *lease) deadline() <-chan time.Time { return l.now }

// due puts the deadline back for the next reader.
func (l *lease) due() {
	select {
	case l.now <- time.Time{}:
	default:
	}
}

// do runs a verb of the fault.
func (l *lease) do(ctx context.Context, v verb) (*chaos.Proof, error) {
	l.verb.Lock()
	defer l.verb.Unlock()
	switch v {
	case prepare:
		return nil, l.fault.Prepare(ctx)
	case inject:
		l.mark()
		return nil, l.fault.Inject(ctx)
	case inEffect:
		if l.hasExpired() {
			return &chaos.Proof{Evidence: "the guard has reverted the fault: it outlived its duration"}, nil
		}
		proof, err := l.fault.InEffect(ctx)
		return &proof, err
	case within:
		bounded, ok := l.fault.(chaos.Bounded)
		if !ok || l.hasExpired() {
			return nil, nil
		}
		return nil, bounded.Within(ctx)
	case recoverIt:
		return nil, l.recover(ctx)
	case recovered:
		proof, err := l.fault.Recovered(ctx)
		return &proof, err
	case closeIt:
		return nil, l.fault.Close(ctx)
	}
	return nil, fmt.Errorf("unknown verb %q", v)
}

// mark notes that the fault may be injected from now on, and starts its clock.
func (l *lease) mark() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touched, l.injected = true, time.Now()
	if l.manifest.Duration > 0 {
		l.timer = time.AfterFunc(l.manifest.Duration+l.grace, l.due)
	}
}

// recover reverts the fault; the caller holds verb.
func (l *lease) recover(ctx context.Context) error {
	err := l.fault.Recover(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failure = err.Error()
		return err
	}
	l.touched, l.failure = false, ""
	if l.timer != nil {
		l.timer.Stop()
	}
	return nil
}

// revert recovers the fault when it is injected.
func (l *lease) revert(ctx context.Context) (err error) {
	l.verb.Lock()
	defer l.verb.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("recover fault %s: it panicked: %v", l.manifest.Name, p)
		}
	}()
	if _, touched := l.describe(); !touched {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := l.recover(ctx); err != nil {
		return fmt.Errorf("recover fault %s: %w", l.manifest.Name, err)
	}
	return nil
}

// expire reverts a fault that outlived its duration. When that fails the
// deadline comes again.
func (l *lease) expire(ctx context.Context) {
	l.mu.Lock()
	l.expired = true
	l.mu.Unlock()
	if err := l.revert(ctx); err != nil {
		l.mu.Lock()
		l.timer = time.AfterFunc(time.Second, l.due)
		l.mu.Unlock()
	}
}

// end reverts the fault, trying again until ctx is over, and closes it.
func (l *lease) end(ctx context.Context) error {
	wait := 100 * time.Millisecond
	for {
		err := l.revert(ctx)
		if err == nil {
			break
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		case <-timer.C:
			wait = min(2*wait, 5*time.Second)
		}
	}
	l.verb.Lock()
	defer l.verb.Unlock()
	return l.close(ctx)
}

// close releases the fault; a panic of it must not end the guard.
func (l *lease) close(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("close fault %s: it panicked: %v", l.manifest.Name, p)
		}
	}()
	return l.fault.Close(ctx)
}

func (l *lease) orphan() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orphaned = true
}

func (l *lease) hasExpired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.expired
}

// describe returns the fault, and whether it may be injected.
func (l *lease) describe() (active Active, touched bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Active{
		Name: l.manifest.Name, Kind: l.manifest.Kind, Action: l.manifest.Action, Targets: l.targets,
		Injected: l.injected, Duration: l.manifest.Duration, Orphaned: l.orphaned, Err: l.failure,
	}, l.touched
}
