package spec

import (
	"maps"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// Experiment is an experiment file with everything it names.
type Experiment struct {
	Path       string
	Name       string
	Hypothesis string
	Setups     []Setup
	Remedies   []results.Remedy // the variants among the setups
	Scenarios  []Scenario
	Tenants    map[string]results.Role // by name
	Faults     []Fault
	Drills     []Drill
	Warmup     time.Duration
	Replicates int       // at most
	Stopping   *Stopping // nil: all replicates are run
	Order      string
	Twin       bool // each trial with a fault is followed by one without, with the same arrivals
	Objectives []results.Objective
	Halt       *Halt
	Promises   *results.Promises
	Ladder     *Ladder
	Blocks     *Blocks
	Search     *Search
	Capacity   *results.Capacity
	Isolation  *results.Isolation
	Generators Generators // of each scenario's load
	Seed       uint64
	Inputs     []results.Input
	Notes      []string // about fields that have no effect

	doc     *file.Document
	written []written // the objectives with their documents
}

// HasFaults reports whether a fault applies to a setup.
func (e *Experiment) HasFaults(setup string) bool {
	return slices.ContainsFunc(e.Faults, func(f Fault) bool { return f.AppliesTo(setup) })
}

// Problem describes what is wrong with a field of the experiment file.
func (e *Experiment) Problem(field, what, remedy string) file.Problem {
	if e.doc == nil {
		return file.Problem{File: e.Path, Field: field, What: what, Remedy: remedy}
	}
	return e.doc.Problem(field, what, remedy)
}

// Scenario is one k6 script: the tenants that offer it, when and how much.
type Scenario struct {
	Name       string
	Script     string // path
	Tenants    []string
	Start      Moment
	Duration   time.Duration
	Scale      float64
	Env        map[string]string
	Transport  string
	Timeout    time.Duration
	NaiveRetry bool
	Field      string // its entry in the file: scenarios.0
}

// Fault is a manifest with its moment.
type Fault struct {
	Name         string
	Manifest     chaos.Manifest
	At           Moment
	For          time.Duration
	Setups       []string // empty: all
	AllowOverlap bool
	Line         int
}

// Halt is a condition on the error rate. It ends a trial, or rolls a change back.
type Halt struct {
	ErrorShare float64       // of the steps that ended
	For        time.Duration // for at least this long
}

// OnlyDisruptive reports whether all of the tenants are disruptive.
func (e *Experiment) OnlyDisruptive(tenants []string) bool {
	return !slices.ContainsFunc(tenants, func(name string) bool { return e.Tenants[name] != results.Disruptive })
}

// Setup returns the setup with a name. The setup must exist.
func (e *Experiment) Setup(name string) Setup {
	return e.Setups[slices.IndexFunc(e.Setups, func(s Setup) bool { return s.Name == name })]
}

// withRole lists the tenants of a role, or all, sorted by name.
func (e *Experiment) withRole(role results.Role) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(e.Tenants)) {
		if role == "all" || e.Tenants[name] == role {
			names = append(names, name)
		}
	}
	return names
}

// scenarioIndex returns the index of a scenario, -1 when there is none.
func (e *Experiment) scenarioIndex(name string) int {
	return slices.IndexFunc(e.Scenarios, func(s Scenario) bool { return s.Name == name })
}
