package remote

import (
	"sync"
	"time"
)

// Clock is a host's clock. It never steps: only its distance from other hosts' counts.
type Clock func() time.Time

// HostClock is a clock that begins with the wall clock, and goes on with the monotonic one.
func HostClock() Clock {
	origin := time.Now()
	return func() time.Time { return origin.Round(0).Add(time.Since(origin)) }
}

// exchange is one comparison of two clocks: a request left at Sent, the other clock showed
// Theirs, and the answer was here at Received. Sent and Received are of one clock.
type exchange struct {
	Sent, Theirs, Received time.Time
}

// reading is what to add to this clock for the other one. Its error is at most the bound,
// half of the round trip, since the answer was made at some time in it (RFC 5905, section 8).
type reading struct{ Offset, Bound time.Duration }

func (e exchange) reading() reading {
	half := e.Received.Sub(e.Sent) / 2
	return reading{e.Theirs.Sub(e.Sent.Add(half)), half}
}

// recent is how many exchanges an estimate rests on.
const recent = 20

// estimate is the offset to another clock. It is safe for concurrent use.
type estimate struct {
	mu   sync.Mutex // guards what follows
	last []exchange // at most recent ones
}

// add takes a comparison.
func (e *estimate) add(x exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.last) == recent {
		e.last = e.last[1:]
	}
	e.last = append(e.last, x)
}

// since is the reading of the exchange with the least round trip, of those that were sent
// after an instant of this clock. false: there is none.
func (e *estimate) since(t time.Time) (best reading, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.last {
		if r := x.reading(); x.Sent.After(t) && (!ok || r.Bound < best.Bound) {
			best, ok = r, true
		}
	}
	return best, ok
}

// moved returns an instant of one clock as one of another, and the most by which it is off.
// Both are read within a millisecond where the machine allows it: a process that waits
// between the two readings would shift the instant.
func moved(t time.Time, from, to Clock) (best time.Time, off time.Duration) {
	const attempts = 10
	least := time.Duration(-1)
	for range attempts {
		before := from()
		there := to()
		took := from().Sub(before)
		if least < 0 || took < least {
			least, best = took, there.Add(t.Sub(before.Add(took/2)))
		}
		if took < time.Millisecond/10 {
			break
		}
	}
	return best, least / 2
}
