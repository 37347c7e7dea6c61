package openarrival

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// waiter waits for an instant. It returns false when ctx ends before.
type waiter func(ctx context.Context, instant time.Time) bool

// coarse is the last stretch of a wait, which the operating system sleeps: Go's timers
// fire up to a millisecond late in an idle process.
const coarse = 2 * time.Millisecond

// waitPrecisely is the waiter of a real run: it returns within about 0.1 ms of the
// instant, never before it. A signal that interrupts nanosleep makes it sleep again.
func waitPrecisely(ctx context.Context, instant time.Time) bool {
	if !waitByTimer(ctx, instant.Add(-coarse)) {
		return false
	}
	for {
		rest := time.Until(instant)
		if rest <= 0 {
			return ctx.Err() == nil
		}
		spec := syscall.NsecToTimespec(int64(rest))
		if err := syscall.Nanosleep(&spec, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return false
		}
	}
}

// waitByTimer waits with one of Go's timers, which follow virtual time in tests.
func waitByTimer(ctx context.Context, instant time.Time) bool {
	rest := time.Until(instant)
	if rest <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
