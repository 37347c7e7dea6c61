// Package eventually has tests wait for a condition, with a deadline instead of a
// sleep that is hopefully long enough.
//
//	eventually.True(t, 10*time.Second, "the fault is gone", func() bool { return active() == 0 })
//	eventually.Nil(t, time.Minute, "the server answers", func() error { return ping(ctx) })
package eventually

import (
	"errors"
	"testing"
	"time"
)

// every is how often a condition is looked at.
const every = 20 * time.Millisecond

// Within repeats check until it returns nil, or limit has passed; it returns the last
// error.
func Within(limit time.Duration, check func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-deadline.C:
			return err
		case <-again.C:
		}
	}
}

// Nil ends the test when check has not returned nil within limit.
func Nil(t testing.TB, limit time.Duration, what string, check func() error) {
	t.Helper()
	if err := Within(limit, check); err != nil {
		t.Fatalf("not within %s: %s: %v", limit, what, err)
	}
}

// True ends the test when a condition has not come to hold within limit.
func True(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	Nil(t, limit, what, func() error {
		if !holds() {
			return errors.New("it does not hold")
		}
		return nil
	})
}
