package spec

import (
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// Ladder runs one scenario several times in a trial, each time at another scale.
//
//	scale   ____             settle | measured | rest
//	   ____|    |____
//	  | 1  |  2 | 3  |
//
// Steps are windows of one trial, not trials of their own: one target serves all of
// them, so that steps differ in their load alone, and a ladder costs a minute
// (docs/decisions/0006-steps-are-windows.md).
type Ladder struct {
	Scenario     string
	Settle, Rest time.Duration
	Steps        map[string]results.Step // by the name of the scenario's copy
	Background   map[string]bool         // copies that offer load while others' steps are measured
}

type ladderFile struct {
	Scenario string         `yaml:"scenario"`
	Scales   []float64      `yaml:"scales"`
	Settle   *file.Duration `yaml:"settle"`
	Rest     *file.Duration `yaml:"rest"`
}

// defaultSettle is how much of a step's beginning is not measured.
const defaultSettle = 2 * time.Second

// addLadder replaces the ladder's scenario with one copy a step.
func (e *Experiment) addLadder(doc *file.Document, f experimentFile) error {
	at := e.scenarioIndex(f.Ladder.Scenario)
	if at < 0 {
		return noScenario(doc, "ladder.scenario", f.Ladder.Scenario)
	}
	e.Ladder = &Ladder{
		Scenario: f.Ladder.Scenario, Settle: given(f.Ladder.Settle, defaultSettle),
		Rest: given(f.Ladder.Rest, time.Second), Steps: map[string]results.Step{},
	}
	original := e.Scenarios[at]
	if original.Duration <= e.Ladder.Settle {
		return doc.Problem("ladder.settle", fmt.Sprintf("%s leaves nothing of steps of %s", e.Ladder.Settle, original.Duration), "")
	}
	var copies []Scenario
	for i, scale := range f.Ladder.Scales {
		s := original
		s.Name, s.Scale = fmt.Sprintf("%s-%d", original.Name, i+1), scale
		s.Start.Offset += time.Duration(i) * (original.Duration + e.Ladder.Rest)
		e.Ladder.Steps[s.Name] = results.Step{Scenario: original.Name, Level: scale}
		copies = append(copies, s)
	}
	e.Scenarios = slices.Concat(e.Scenarios[:at:at], copies, e.Scenarios[at+1:])
	if e.Capacity != nil {
		e.warmUpTo(original)
	}
	return nil
}

// warmUpTo ends the warm-up when the first step has settled.
func (e *Experiment) warmUpTo(first Scenario) {
	if first.Start.Landmark == "" {
		e.Warmup = first.Start.Offset + e.Ladder.Settle
	}
}

// noScenario describes a field that names a scenario which does not exist.
func noScenario(doc *file.Document, field, name string) file.Problem {
	return doc.Problem(field, "there is no scenario "+name, "name an entry of scenarios")
}
