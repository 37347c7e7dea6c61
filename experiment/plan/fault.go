package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
)

// Fault is one fault of a trial, with what it would hit.
type Fault struct {
	Name    string        `json:"name"`
	Class   string        `json:"class"`
	Kind    string        `json:"kind"`
	Action  string        `json:"action"`
	At      time.Duration `json:"at_ns"`
	For     time.Duration `json:"for_ns"`
	Targets []string      `json:"targets"`
	Tenants []string      `json:"tenants"`         // blast radius
	Reach   []string      `json:"reach,omitempty"` // on Kubernetes: which pods, in words

	Manifest   chaos.Manifest    `json:"-"`
	Components []chaos.Component `json:"-"`
}

// planFaults resolves the faults of one setup. It refuses faults that lie outside the
// trial, overlap, hit nothing, hit what the setup does not allow, or cannot be realised.
func planFaults(ctx context.Context, e *spec.Experiment, setup spec.Setup, t timeline, check Checker) ([]Fault, error) {
	var problems file.Problems
	var planned []Fault
	for i, fault := range e.Faults {
		if !fault.AppliesTo(setup.Name) {
			continue
		}
		problem := func(what, remedy string) {
			problems = append(problems, file.Problem{File: e.Path, Line: fault.Line, Field: fmt.Sprintf("faults.%d", i),
				What: fault.Name + " on " + setup.Name + ": " + what, Remedy: remedy})
		}
		at, err := fault.At.Resolve(t.landmarks)
		if err != nil {
			problem(err.Error(), "")
			continue
		}
		held := e.Ladder != nil // a fault that is in effect from before the first step on
		if at < e.Warmup && !held || at+fault.For >= t.trial.Length {
			problem(fmt.Sprintf("from %s to %s lies outside the measured part of the trial, %s to %s",
				at, at+fault.For, e.Warmup, t.trial.Length), "move it, or make the scenario longer")
		}
		if from, to, ok := blockSpan(e.Blocks, t.trial); ok && !fault.AllowOverlap && at < to &&
			from < at+max(fault.For, time.Second) {
			problem(fmt.Sprintf("it lies within the blocks of the neighbour, %s to %s, and would end one", from, to),
				"move it after them, or write allowOverlap: true")
		}
		components, err := check(ctx, setup, fault.Manifest)
		if err != nil {
			problem(err.Error(), "")
			continue
		}
		p := newFault(fault, at, components)
		for _, name := range p.Targets {
			if !setup.Allows(name) {
				problem("it would hit "+name+", which the setup file does not allow", "chaos.allow in "+setup.Path)
			}
		}
		for _, earlier := range planned {
			if !fault.AllowOverlap && at < earlier.At+max(earlier.For, time.Second) && earlier.At < at+max(fault.For, time.Second) {
				problem("it overlaps "+earlier.Name+", so that neither could be judged", "move it, or write allowOverlap: true")
			}
		}
		planned = append(planned, p)
	}
	slices.SortStableFunc(planned, func(a, b Fault) int { return int(a.At - b.At) })
	return planned, problems.Err()
}

func newFault(f spec.Fault, at time.Duration, components []chaos.Component) Fault {
	p := Fault{
		Name: f.Name, Class: f.Manifest.Class, Kind: f.Manifest.Kind, Action: f.Manifest.Action,
		At: at, For: f.For, Manifest: f.Manifest, Components: components,
	}
	for _, c := range components {
		p.Targets = append(p.Targets, c.Name)
		if c.Reach != "" {
			p.Reach = append(p.Reach, c.Reach)
		}
		p.Tenants = append(p.Tenants, c.Tenants...)
	}
	slices.Sort(p.Tenants)
	p.Tenants = slices.Compact(p.Tenants)
	return p
}
