package openarrival

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// coarse is the stretch before the instant that is slept by the operating system:
// Go's timers wake up to a millisecond late when the process is idle.
const coarse = 2 * time.Millisecond

// sleepUntil returns at the instant t, within about 0.1 ms, or false when ctx ends
// before. A wake-up that comes early (signals interrupt nanosleep) sleeps on.
func sleepUntil(ctx context.Context, t time.Time) bool {
	if rest := time.Until(t); rest > coarse {
		timer := time.NewTimer(rest - coarse)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
	for {
		rest := time.Until(t)
		if rest <= 0 {
			return ctx.Err() == nil
		}
		spec := syscall.NsecToTimespec(int64(rest))
		if err := syscall.Nanosleep(&spec, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return false
		}
	}
}
