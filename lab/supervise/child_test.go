package supervise

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/lab"
)

// fakeChild is a child whose process lives for up, and the instants of its starts since
// the begin.
func fakeChild(up func(start int) time.Duration) (*child, *[]time.Duration) {
	c := newChild(lab.Process{Component: "t1/odoo"}, nil, func(bool) {}, slog.New(slog.DiscardHandler))
	begin := time.Now()
	var starts []time.Duration
	c.attempt = func(ctx context.Context) error {
		starts = append(starts, time.Since(begin))
		pause(ctx, up(len(starts)))
		return errors.New("exit status 1")
	}
	return c, &starts
}

// A process that ends at once is started after 0.2 s, then after twice the wait before,
// up to 10 s. The ninth stays up for 31 s: it is started after 0.2 s again.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, starts := fakeChild(func(start int) time.Duration {
			if start == 9 {
				return 31 * time.Second
			}
			return 0
		})
		ctx, cancel := context.WithTimeout(t.Context(), 64500*time.Millisecond)
		defer cancel()
		c.run(ctx)
		want := []time.Duration{0, 200 * time.Millisecond, 600 * time.Millisecond, 1400 * time.Millisecond, 3 * time.Second,
			6200 * time.Millisecond, 12600 * time.Millisecond, 22600 * time.Millisecond, 32600 * time.Millisecond,
			63800 * time.Millisecond, 64200 * time.Millisecond}
		if diff := cmp.Diff(want, *starts); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

// A process that a fault holds down is not started, however long it is held, and at once
// when it is released.
func TestHeldIsNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, starts := fakeChild(func(int) time.Duration { return time.Hour })
		c.held = true
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		go func() {
			time.Sleep(time.Hour)
			c.update(func() { c.held = false })
		}()
		c.run(ctx)
		if diff := cmp.Diff([]time.Duration{time.Hour}, *starts); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

// A lab gives up on a process at its fourth failed start in a row, with the last error.
func TestUntilReadyGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, starts := fakeChild(func(int) time.Duration { return 0 })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			c.run(ctx)
			close(ended)
		}()
		err := c.untilReady(ctx)
		cancel()
		<-ended
		if err == nil || len(*starts) != giveUp {
			t.Errorf("%d starts, %v; want %d and an error", len(*starts), err, giveUp)
		}
	})
}
