package conduct

import (
	"sync"
	"time"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// tally adds up what the load generators report.
type tally struct {
	base    time.Time
	planned plan.Trial

	mu     sync.Mutex // guards latest
	latest map[*scenarios.Child]scenarios.Progress
}

func newTally(base time.Time, planned plan.Trial) *tally {
	return &tally{base: base, planned: planned, latest: map[*scenarios.Child]scenarios.Progress{}}
}

// add takes a generator's latest report: counts since its start.
func (t *tally) add(child *scenarios.Child, p scenarios.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest[child] = p
}

func (t *tally) snapshot(faults []string) Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Snapshot{
		Elapsed: max(0, time.Since(t.base)), Length: t.planned.Length, Faults: faults, Outcomes: map[results.Outcome]int64{},
	}
	for _, w := range t.planned.Windows {
		if at := results.OffsetOf(s.Elapsed); w.From <= at && at < w.To {
			s.Window = w.Name
		}
	}
	for _, p := range t.latest {
		s.Planned += p.Planned
		s.Started += p.Started
		s.Dropped += p.Dropped
		for outcome, n := range p.Outcomes {
			s.Outcomes[outcome] += n
			s.Steps += n
		}
	}
	return s
}
