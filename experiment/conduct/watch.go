package conduct

import (
	"time"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// Watch shows the progress of a run. Its methods are called from several goroutines.
type Watch interface {
	// Print shows a step of the work in one line.
	Print(line string)
	// TrialStarted is called when the base instant of a trial is fixed.
	TrialStarted(t plan.Trial, of int)
	// Tick is called about twice a second during a trial.
	Tick(s Snapshot)
	// TrialEnded is called when the target of the trial is closed.
	TrialEnded(t results.Trial)
}

// Snapshot is the state of a running trial.
type Snapshot struct {
	Elapsed  time.Duration
	Length   time.Duration
	Window   string
	Planned  int64 // arrivals due by now
	Started  int64
	Dropped  int64
	Steps    int64 // steps ended
	Outcomes map[results.Outcome]int64
	Faults   []string // in effect now
	Waiting  []string // after the trial's length: what has not ended
}

// failed counts the steps that ended with neither success nor a refusal by Odoo.
func (s Snapshot) failed() int64 {
	return s.Steps - s.Outcomes[results.OK] - s.Outcomes[results.UserError]
}
