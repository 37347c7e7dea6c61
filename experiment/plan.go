package experiment

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

// Plan is everything that a run will do, laid out in time. It is plain data: made
// without touching a target, printed by harness plan, kept with the run.
type Plan struct {
	Experiment string         `json:"experiment"`
	Hypothesis string         `json:"hypothesis"`
	Seed       uint64         `json:"seed"`
	Order      string         `json:"order"`
	Trials     []PlannedTrial `json:"trials"`
	Total      time.Duration  `json:"total_ns"` // of the trials alone, without bringing targets up
	Search     *Search        `json:"search,omitempty"`
}

// PlannedTrial is one measurement of one setup.
type PlannedTrial struct {
	Name      string                    `json:"name"`
	Setup     string                    `json:"setup"`
	Replicate int                       `json:"replicate"`
	Position  int                       `json:"position"`
	Seed      uint64                    `json:"seed"`
	Length    time.Duration             `json:"length_ns"`
	Warmup    time.Duration             `json:"warmup_ns"`
	Landmarks map[string]results.Offset `json:"landmarks"`
	Windows   []results.Window          `json:"windows"`
	Bursts    []PlannedBurst            `json:"bursts"`
	Faults    []PlannedFault            `json:"faults"`
	Drills    []PlannedDrill            `json:"drills,omitempty"`
}

// PlannedBurst is one scenario of a trial.
type PlannedBurst struct {
	Scenario string         `json:"scenario"`
	Tenants  []string       `json:"tenants"`
	Start    time.Duration  `json:"start_ns"`
	Duration time.Duration  `json:"duration_ns"`
	Expected []results.Load `json:"expected"` // arrivals expected, by tenant and journey
}

// PlannedFault is one fault of a trial, with what it would hit.
type PlannedFault struct {
	Name    string        `json:"name"`
	Class   string        `json:"class"`
	Kind    string        `json:"kind"`
	Action  string        `json:"action"`
	At      time.Duration `json:"at_ns"`
	For     time.Duration `json:"for_ns"`
	Targets []string      `json:"targets"`
	Tenants []string      `json:"tenants"`         // blast radius
	Reach   []string      `json:"reach,omitempty"` // on Kubernetes: which pods, in words

	manifest   chaos.Manifest
	components []chaos.Component
}

// Burst is what a scenario's script says of itself.
type Burst struct {
	Landmarks map[string]time.Duration // since the scenario's start
	Expected  []results.Load
}

// Inspector reads what a script says of itself, for one scenario on one setup.
type Inspector func(ctx context.Context, s Scenario) (Burst, error)

// Checker says what a fault would hit on a setup, or why it cannot be realised.
type Checker func(ctx context.Context, s Setup, m chaos.Manifest) ([]chaos.Component, error)

// Plan lays the experiment out, of a search its lowest scale: the others follow from
// how that is judged. The error is [Problems].
func (e *Experiment) Plan(ctx context.Context, inspect Inspector, check Checker) (*Plan, error) {
	if e.Search != nil && e.Ladder == nil {
		plan, err := e.at(e.Search.From).Plan(ctx, inspect, check)
		if plan != nil {
			plan.Search = e.Search
		}
		return plan, err
	}
	plan := &Plan{Experiment: e.Name, Hypothesis: e.Hypothesis, Seed: e.Seed, Order: e.Order}
	var problems Problems
	frame, err := e.frame(ctx, inspect)
	problems.collect(e.Path, err)
	if len(problems) > 0 {
		return nil, problems.Err()
	}
	faults, drills := map[string][]PlannedFault{}, map[string][]PlannedDrill{}
	for _, setup := range e.Setups {
		planned, err := e.planFaults(ctx, setup, frame, check)
		problems.collect(e.Path, err)
		faults[setup.Name] = planned
		drills[setup.Name], err = e.planDrills(setup, frame)
		problems.collect(e.Path, err)
	}
	for _, slot := range e.slots() {
		setup := e.Setups[slot.setup]
		trial := frame.trial
		trial.Name = fmt.Sprintf("%02d-%s", slot.position, setup.Name)
		trial.Setup, trial.Replicate, trial.Position = setup.Name, slot.replicate, slot.position
		trial.Seed = replicateSeed(e.Seed, slot.replicate)
		trial.Faults, trial.Drills = faults[setup.Name], drills[setup.Name]
		trial.Windows = e.windows(trial)
		plan.Trials = append(plan.Trials, trial)
		plan.Total += trial.Length
	}
	return plan, problems.Err()
}

// frame is what all trials share: bursts and landmarks in time.
type frame struct {
	trial     PlannedTrial
	landmarks map[string]time.Duration
}

// frame resolves starts and landmarks in the order of the file: a scenario may
// begin at a landmark of one before it. A landmark is known by its own name, the
// first scenario's winning, and as scenario.name.
func (e *Experiment) frame(ctx context.Context, inspect Inspector) (frame, error) {
	f := frame{landmarks: map[string]time.Duration{}}
	f.trial.Warmup, f.trial.Landmarks = e.Warmup, map[string]results.Offset{}
	var problems Problems
	for i, s := range e.Scenarios {
		field := join([]string{"scenarios", itoa(i)})
		burst, err := inspect(ctx, s)
		if err != nil {
			problems = append(problems, Problem{File: s.Script, What: err.Error()})
			continue
		}
		start, err := s.Start.Resolve(f.landmarks)
		if err != nil {
			problems = append(problems, Problem{File: e.Path, Line: s.Start.Line, Field: field + ".start", What: err.Error()})
			continue
		}
		if start < 0 {
			problems = append(problems, Problem{File: e.Path, Line: s.Start.Line, Field: field + ".start",
				What: fmt.Sprintf("%s lies %s before the trial", s.Start, -start)})
			continue
		}
		for name, at := range burst.Landmarks {
			f.landmarks[s.Name+"."+name] = start + at
			if _, taken := f.landmarks[name]; !taken {
				f.landmarks[name] = start + at
				f.trial.Landmarks[name] = results.OffsetOf(start + at)
			}
		}
		f.trial.Bursts = append(f.trial.Bursts, PlannedBurst{
			Scenario: s.Name, Tenants: s.Tenants, Start: start, Duration: s.Duration, Expected: burst.Expected,
		})
		f.trial.Length = max(f.trial.Length, start+s.Duration)
	}
	if e.Warmup >= f.trial.Length && len(problems) == 0 {
		problems = append(problems, Problem{File: e.Path, Field: "warmup",
			What: fmt.Sprintf("%s leaves nothing of a trial of %s", e.Warmup, f.trial.Length)})
	}
	return f, problems.Err()
}

// planFaults resolves the faults of one setup and refuses those that lie outside
// the trial, overlap, hit nothing, hit what may not be touched, or cannot be
// realised.
func (e *Experiment) planFaults(ctx context.Context, setup Setup, f frame, check Checker) ([]PlannedFault, error) {
	var problems Problems
	var planned []PlannedFault
	for i, fault := range e.Faults {
		if len(fault.Setups) > 0 && !slices.Contains(fault.Setups, setup.Name) {
			continue
		}
		problem := func(what, remedy string) {
			problems = append(problems, Problem{File: e.Path, Line: fault.Line,
				Field: join([]string{"faults", itoa(i)}), What: fault.Name + " on " + setup.Name + ": " + what, Remedy: remedy})
		}
		at, err := fault.At.Resolve(f.landmarks)
		if err != nil {
			problem(err.Error(), "")
			continue
		}
		if at < e.Warmup || at+fault.For >= f.trial.Length {
			problem(fmt.Sprintf("from %s to %s lies outside the measured part of the trial, %s to %s",
				at, at+fault.For, e.Warmup, f.trial.Length), "move it, or make the scenario longer")
		}
		components, err := check(ctx, setup, fault.Manifest)
		if err != nil {
			problem(err.Error(), "")
			continue
		}
		p := PlannedFault{
			Name: fault.Name, Class: fault.Manifest.Class, Kind: fault.Manifest.Kind, Action: fault.Manifest.Action,
			At: at, For: fault.For, manifest: fault.Manifest, components: components,
		}
		for _, c := range components {
			if !setup.allows(c.Name) {
				problem("it would hit "+c.Name+", which the setup file does not allow", "chaos.allow in "+setup.Path)
			}
			p.Targets = append(p.Targets, c.Name)
			if c.Reach != "" {
				p.Reach = append(p.Reach, c.Reach)
			}
			p.Tenants = append(p.Tenants, c.Tenants...)
		}
		slices.Sort(p.Tenants)
		p.Tenants = slices.Compact(p.Tenants)
		for _, earlier := range planned {
			if !fault.AllowOverlap && at < earlier.At+max(earlier.For, time.Second) && earlier.At < at+max(fault.For, time.Second) {
				problem("it overlaps "+earlier.Name+", so that neither could be judged", "move it, or write allowOverlap: true")
			}
		}
		planned = append(planned, p)
	}
	slices.SortStableFunc(planned, func(a, b PlannedFault) int { return int(a.At - b.At) })
	return planned, problems.Err()
}

// replicateSeed gives both setups of a replicate the same arrivals, and each
// replicate its own.
func replicateSeed(seed uint64, replicate int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%d", seed, replicate) //nolint:errcheck // a hash never fails
	return h.Sum64() >> 11                   // 53 bits: exact as a JavaScript number too
}
