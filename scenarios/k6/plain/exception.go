package plain

import (
	"slices"
	"time"

	"example.org/odooharness/results"
)

// Exception notes that an iteration of a scenario threw an exception. k6 logs it right
// after the iteration's end.
func (o *Observer) Exception(scenario string, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := o.of(scenario)
	of.exceptions = append(of.exceptions, at)
}

// RecordEnded records the iterations whose exceptions have had time to arrive.
func (o *Observer) RecordEnded(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, of := range o.scenarios {
		o.recordUpTo(of, now.Add(-exceptionAge), now.Add(-iterationAge))
	}
}

// recordUpTo matches the exceptions up to one instant, and records the iterations that
// ended up to another.
func (o *Observer) recordUpTo(of *scenario, exceptions, iterations time.Time) {
	slices.SortStableFunc(of.ended, func(a, b *iteration) int { return o.logged(a).Compare(o.logged(b)) })
	of.exceptions = slices.DeleteFunc(of.exceptions, func(at time.Time) bool {
		return !at.After(exceptions) && o.match(of, at)
	})
	of.ended = slices.DeleteFunc(of.ended, func(it *iteration) bool {
		if it.ended.After(iterations) {
			return false
		}
		o.record(of, it)
		return true
	})
}

// logged is when k6 logs an exception of the iteration.
func (o *Observer) logged(it *iteration) time.Time {
	if least := it.started.Add(o.shortest); least.After(it.ended) {
		return least
	}
	return it.ended
}

// match gives an exception to the iteration that ended last before it and has none.
func (o *Observer) match(of *scenario, at time.Time) bool {
	for _, it := range slices.Backward(of.ended) {
		if it.threw || o.logged(it).After(at) {
			continue
		}
		it.known, it.threw = true, true
		if it.outcome == "" {
			it.outcome, it.detail = results.ScriptError, "exception"
		}
		return true
	}
	return false
}
