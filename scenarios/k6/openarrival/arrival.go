package openarrival

import (
	"context"
	"time"

	"go.k6.io/k6/lib"

	"example.org/odooharness/results"
)

// Arrival is the iteration under way, as its virtual user sees it. The executor
// fills it before the iteration, the module notes the iteration's outcome in it;
// both run on the virtual user's goroutine.
type Arrival struct {
	Scenario string
	VU       uint64    // k6's number of the virtual user
	Index    int64     // over all execution segments
	Intended time.Time // when the iteration should have begun
	Started  time.Time // when it did
	Last     time.Time // when its latest step ended; Intended before the first

	Outcome results.Outcome // of the first step that went wrong, empty: none did
	Detail  string
}

// Fail notes that a step went wrong. The first one names the iteration's outcome.
func (a *Arrival) Fail(outcome results.Outcome, detail string) {
	if a.Outcome == "" {
		a.Outcome, a.Detail = outcome, detail
	}
}

type arrivalKey struct{}

// FromContext is the arrival of a virtual user that this executor runs, nil for
// other executors.
func FromContext(ctx context.Context) *Arrival {
	a, _ := ctx.Value(arrivalKey{}).(*Arrival)
	return a
}

// Observer receives the events of arrivals. Its methods are called from many
// goroutines.
type Observer interface {
	// Plan announces the arrivals that this process will start, with the tags that the
	// scenario's options carry.
	Plan(scenario string, tags map[string]string, total int64)
	// Arrived is called at the intended start of an arrival.
	Arrived(scenario string)
	// Dropped is called for an arrival that never started.
	Dropped(scenario string, index int64, intended, now time.Time)
	// Finished is called at the end of an iteration. prompt is set when a virtual user
	// was free at the intended start: its lateness is then the generator's own.
	Finished(a *Arrival, ended time.Time, prompt bool)
}

// Host is the process that the executor runs in.
type Host interface {
	Observer
	// Prepare is called before any load, once for each executor: log-ins.
	Prepare(ctx context.Context, options lib.Options) error
	// Begin waits until it is known, and returns, the instant at which an executor with
	// this startTime begins.
	Begin(ctx context.Context, startTime time.Duration) (time.Time, error)
	// Seed is the seed of a scenario's arrivals when its options name none.
	Seed(scenario string) uint64
}
