package experiment

import (
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/results"
)

// Ladder runs one scenario several times in a trial, each time at another scale.
//
//	scale   ____             settle | measured | rest
//	   ____|    |____
//	  | 1  |  2 | 3  |
//
// Steps are windows of one trial and not trials of their own: one target serves all,
// so that steps differ in their load alone, and a ladder costs a minute
// (docs/decisions/0006-steps-are-windows.md).
type Ladder struct {
	Scenario     string
	Settle, Rest time.Duration
	steps        map[string]results.Step // by the name of the scenario's copy
	beside       map[string]bool         // copies that others' steps are measured beside
}

type ladderFile struct {
	Scenario string    `yaml:"scenario"`
	Scales   []float64 `yaml:"scales"`
	Settle   Duration  `yaml:"settle"`
	Rest     Duration  `yaml:"rest"`
}

// settle is the beginning of a step that is left out unless the file says otherwise.
const settle = 2 * time.Second

// climb puts a copy of the climbing scenario for each step in its place.
func (e *Experiment) climb(doc *document, f file) error {
	at := e.named(f.Ladder.Scenario)
	if at < 0 {
		return doc.noScenario("ladder.scenario", f.Ladder.Scenario)
	}
	e.Ladder = &Ladder{
		Scenario: f.Ladder.Scenario, Settle: orElse(time.Duration(f.Ladder.Settle), settle),
		Rest: orElse(time.Duration(f.Ladder.Rest), time.Second), steps: map[string]results.Step{},
	}
	climbing := e.Scenarios[at]
	if climbing.Duration <= e.Ladder.Settle {
		return doc.problem("ladder.settle", fmt.Sprintf("%s leaves nothing of steps of %s", e.Ladder.Settle, climbing.Duration), "")
	}
	var copies []Scenario
	for i, scale := range f.Ladder.Scales {
		s := climbing
		s.Name, s.Scale = fmt.Sprintf("%s-%d", climbing.Name, i+1), scale
		s.Start.Offset += time.Duration(i) * (climbing.Duration + e.Ladder.Rest)
		e.Ladder.steps[s.Name] = results.Step{Scenario: climbing.Name, Level: scale}
		copies = append(copies, s)
	}
	e.Scenarios = slices.Concat(e.Scenarios[:at:at], copies, e.Scenarios[at+1:])
	if e.Capacity != nil {
		e.warmUpTo(climbing)
	}
	return nil
}

// warmUpTo ends the warm-up when the first step has settled.
func (e *Experiment) warmUpTo(first Scenario) {
	if first.Start.Landmark == "" {
		e.Warmup = first.Start.Offset + e.Ladder.Settle
	}
}

// stepOf is the window of a burst that is a step of the ladder. The first step of
// what abiding tenants offer, or the lowest scale of a search, is the baseline:
// everything else is set against it.
func (e *Experiment) stepOf(b PlannedBurst, warmup time.Duration) (span, bool) {
	if e.Ladder == nil {
		return span{}, false
	}
	step, ok := e.Ladder.steps[b.Scenario]
	if !ok {
		return span{}, false
	}
	s := span{name: b.Scenario, kind: results.WindowStep, step: &step,
		from: max(b.Start+e.Ladder.Settle, warmup), to: b.Start + b.Duration}
	switch {
	case e.onlyDisruptive(b.Tenants): // how it sets in is part of the disturbance
		s.kind, s.from = results.WindowNeighbor, max(b.Start, warmup)
	case s.from == warmup && (e.Search == nil || step.Level == e.Search.From):
		s.kind = results.WindowBaseline
	}
	return s, true
}
