package plan

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Plan is everything that a run will do, laid out in time.
type Plan struct {
	Experiment string        `json:"experiment"`
	Hypothesis string        `json:"hypothesis"`
	Seed       uint64        `json:"seed"`
	Order      string        `json:"order"`
	Trials     []Trial       `json:"trials"`
	Total      time.Duration `json:"total_ns"` // of the trials alone, without bringing targets up
	Search     *spec.Search  `json:"search,omitempty"`

	Generators *spec.Generators `json:"generators,omitempty"` // nil: one process for each scenario
}

// Trial is one measurement of one setup.
type Trial struct {
	Name      string                    `json:"name"`
	Setup     string                    `json:"setup"`
	Replicate int                       `json:"replicate"`
	Twin      bool                      `json:"twin,omitempty"` // without faults and drills, a reference for the trial before it
	Position  int                       `json:"position"`
	Seed      uint64                    `json:"seed"`
	Length    time.Duration             `json:"length_ns"`
	Warmup    time.Duration             `json:"warmup_ns"`
	Landmarks map[string]results.Offset `json:"landmarks"`
	Events    []results.Window          `json:"events"`  // each in full
	Windows   []results.Window          `json:"windows"` // cut at the events
	Bursts    []Burst                   `json:"bursts"`
	Faults    []Fault                   `json:"faults"`
	Drills    []Drill                   `json:"drills,omitempty"`
}

// Burst is one scenario of a trial.
type Burst struct {
	Scenario string         `json:"scenario"`
	Tenants  []string       `json:"tenants"`
	Start    time.Duration  `json:"start_ns"`
	Duration time.Duration  `json:"duration_ns"`
	Expected []results.Load `json:"expected"`           // arrivals expected, by tenant and journey
	Insecure bool           `json:"insecure,omitempty"` // the script does not verify certificates
}

// Outline is what a scenario's script declares.
type Outline struct {
	Landmarks map[string]time.Duration // since the scenario's start
	Expected  []results.Load
	Insecure  bool // its options have insecureSkipTLSVerify
}

// Inspector reads what a script declares, for one scenario on one setup.
type Inspector func(ctx context.Context, s spec.Scenario) (Outline, error)

// Checker lists the components that a fault would hit on a setup. The error is the
// reason why it cannot be realised.
type Checker func(ctx context.Context, s spec.Setup, m chaos.Manifest) ([]chaos.Component, error)

// New lays an experiment out. For a search it plans the trials of the lowest scale: the
// verdict on each scale decides the next. The error is [file.Problems].
func New(ctx context.Context, e *spec.Experiment, inspect Inspector, check Checker) (*Plan, error) {
	if e.Search != nil && e.Ladder == nil {
		plan, err := New(ctx, e.AtScale(e.Search.From), inspect, check)
		if plan != nil {
			plan.Search = e.Search
		}
		return plan, err
	}
	plan := &Plan{Experiment: e.Name, Hypothesis: e.Hypothesis, Seed: e.Seed, Order: e.Order}
	if e.Generators.Several() {
		plan.Generators = &e.Generators
	}
	var problems file.Problems
	timeline, err := newTimeline(ctx, e, inspect)
	problems.Collect(e.Path, err)
	if len(problems) > 0 {
		return nil, problems.Err()
	}
	problems = append(problems, checkObjectives(e, timeline.trial)...)
	problems = append(problems, checkLimits(e, timeline.trial)...)
	problems = append(problems, checkLadder(e, timeline.trial)...)
	faults, drills := map[string][]Fault{}, map[string][]Drill{}
	for _, setup := range e.Setups {
		planned, err := planFaults(ctx, e, setup, timeline, check)
		problems.Collect(e.Path, err)
		faults[setup.Name] = planned
		drills[setup.Name], err = planDrills(e, setup, timeline)
		problems.Collect(e.Path, err)
	}
	for _, slot := range slots(e) {
		setup := e.Setups[slot.setup]
		trial := timeline.trial
		trial.Name = fmt.Sprintf("%02d-%s", slot.position, setup.Name)
		trial.Setup, trial.Replicate, trial.Position = setup.Name, slot.replicate, slot.position
		trial.Seed = ReplicateSeed(e.Seed, slot.replicate)
		trial.Faults, trial.Drills = faults[setup.Name], drills[setup.Name]
		if trial.Twin = slot.twin; trial.Twin {
			trial.Name += "-twin"
			trial.Faults, trial.Drills = nil, nil
		}
		trial.cut(e)
		plan.Trials = append(plan.Trials, trial)
		plan.Total += trial.Length
	}
	return plan, problems.Err()
}

// cut divides the trial into windows.
func (t *Trial) cut(e *spec.Experiment) {
	t.Events = events(e, *t)
	t.Windows = results.Cut(t.Events, results.OffsetOf(t.Warmup), results.OffsetOf(t.Length))
}

// ReplicateSeed gives both setups of a replicate the same arrivals, and each
// replicate its own. Seeds have 53 bits, so that they are exact as JavaScript numbers.
func ReplicateSeed(seed uint64, replicate int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%d", seed, replicate) // a hash never fails
	return h.Sum64() >> 11
}
