package plan

import (
	"fmt"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Drill is a drill with its moments resolved.
type Drill struct {
	Kind     string        `json:"kind"`
	Name     string        `json:"name"`
	Strategy string        `json:"strategy"`
	At       time.Duration `json:"at_ns"`
	BreakAt  time.Duration `json:"break_at_ns,omitempty"`
	Store    string        `json:"store,omitempty"`

	Spec spec.Drill `json:"-"`
}

// planDrills resolves the drills of a setup.
func planDrills(e *spec.Experiment, setup spec.Setup, t timeline) ([]Drill, error) {
	var problems file.Problems
	var planned []Drill
	for _, d := range e.Drills {
		if !d.AppliesTo(setup.Name) {
			continue
		}
		problem := func(field, what, remedy string) {
			problems = append(problems, file.Problem{File: e.Path, Line: d.Line, Field: field, What: d.Name + ": " + what, Remedy: remedy})
		}
		resolve := func(m spec.Moment) time.Duration {
			at, err := m.Resolve(t.landmarks)
			if err == nil && (at < e.Warmup || at >= t.trial.Length) {
				err = fmt.Errorf("%s lies outside the measured part of the trial, %s to %s", at, e.Warmup, t.trial.Length)
			}
			if err != nil {
				problem(d.Field, err.Error(), "name a moment within the trial")
			}
			return at
		}
		p := Drill{Kind: d.Kind, Name: d.Name, Strategy: d.Strategy, Store: d.Store, Spec: d, At: resolve(d.At)}
		if d.Kind == results.DrillRecovery {
			p.BreakAt = resolve(d.BreakAt)
		}
		if d.Watch != nil && p.At+d.Watch.For >= t.trial.Length {
			problem(d.Field+".watch", fmt.Sprintf("the watch of %s does not end before the load, at %s", d.Watch.For, t.trial.Length),
				"change earlier, or lengthen the scenarios")
		}
		if d.Kind == results.DrillRecovery && p.BreakAt <= p.At {
			problem("recovery.breakAt", "the data are lost before the backup is taken", "leave the backup time to end")
		}
		planned = append(planned, p)
	}
	return planned, problems.Err()
}
