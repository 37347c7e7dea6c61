// Package clock is the clock of a trial: load, faults, drills and telemetry count from
// its base instant.
//
//	c := clock.At(base)
//	if !c.Wait(ctx, fault.At) {
//		return nil // the trial ended first
//	}
//	requested := c.Now()
package clock

import (
	"context"
	"time"

	"example.org/odooharness/results"
)

// Clock counts from the base instant of a trial.
type Clock struct{ base time.Time }

// At returns the clock with a base instant.
func At(base time.Time) Clock { return Clock{base: base} }

// Base is the base instant.
func (c Clock) Base() time.Time { return c.base }

// Now is the time since the base instant, negative before it.
func (c Clock) Now() results.Offset { return results.OffsetOf(time.Since(c.base)) }

// Wait waits for a moment of the trial and reports whether it came before ctx ended. A
// moment in the past has come.
func (c Clock) Wait(ctx context.Context, at time.Duration) bool {
	timer := time.NewTimer(time.Until(c.base.Add(at)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
