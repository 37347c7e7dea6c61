package conduct

import (
	"sync"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// tally adds up what the load generators report.
type tally struct {
	clock   clock.Clock
	planned plan.Trial

	mu     sync.Mutex // guards latest
	latest map[Generator]scenarios.Progress
}

func newTally(at clock.Clock, planned plan.Trial) *tally {
	return &tally{clock: at, planned: planned, latest: map[Generator]scenarios.Progress{}}
}

// add keeps a generator's latest report: counts since its start.
func (t *tally) add(g Generator, p scenarios.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest[g] = p
}

// snapshot is the state of the trial now, with the faults in effect.
func (t *tally) snapshot(faults []string) Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := max(0, t.clock.Now())
	s := Snapshot{Elapsed: now.Duration(), Length: t.planned.Length, Faults: faults, Outcomes: map[results.Outcome]int64{}}
	for _, w := range t.planned.Windows {
		if w.From <= now && now < w.To {
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
