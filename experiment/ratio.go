package experiment

import (
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/results"
)

// isolationFile asks how much load abiding tenants may still offer at each load of
// disruptive ones.
type isolationFile struct {
	Abiding    climbFile `yaml:"abiding"`
	Disruptive climbFile `yaml:"disruptive"`
	Settle     Duration  `yaml:"settle"`
	Rest       Duration  `yaml:"rest"`
	Percentile float64   `yaml:"percentile"`
	Limit      Duration  `yaml:"limit"`
	Errors     *float64  `yaml:"errors"`
	Delivered  float64   `yaml:"delivered"`
}

type climbFile struct {
	Scenario string    `yaml:"scenario"`
	Scales   []float64 `yaml:"scales"`
}

// grid has the abiding tenants climb their ladder once beside every load of the
// disruptive ones.
//
//	disruptive  ____________________|    2     |    3     |
//	abiding     1_|2_|3_|   1_|2_|3_|   1_|2_|3_|
//
// The loads are compared in arrivals, which are of one size when both offer the same
// script: nothing else is taken.
func (e *Experiment) grid(doc *document, f file) error {
	problem := func(field, what, remedy string) error { return doc.problem("isolation."+field, what, remedy) }
	abiding, disruptive := e.named(f.Isolation.Abiding.Scenario), e.named(f.Isolation.Disruptive.Scenario)
	switch {
	case f.Ladder != nil || f.Capacity != nil:
		return problem("abiding", "there is a ladder: or a capacity:, too", "ask one question an experiment")
	case abiding < 0:
		return doc.noScenario("isolation.abiding", f.Isolation.Abiding.Scenario)
	case disruptive < 0:
		return doc.noScenario("isolation.disruptive", f.Isolation.Disruptive.Scenario)
	case !e.onlyDisruptive(e.Scenarios[disruptive].Tenants):
		return problem("disruptive", "abiding tenants offer it, too", "write tenants: disruptive")
	case slices.ContainsFunc(e.Scenarios[abiding].Tenants, func(t string) bool { return e.Tenants[t] == Disruptive }):
		return problem("abiding", "disruptive tenants offer it, too", "write tenants: abiding")
	case e.Scenarios[abiding].Script != e.Scenarios[disruptive].Script:
		return problem("disruptive", "it is another script: an arrival of the one is not an arrival of the other",
			"let both offer one script")
	}
	l := &Ladder{Scenario: f.Isolation.Abiding.Scenario, Settle: orElse(time.Duration(f.Isolation.Settle), settle),
		Rest: orElse(time.Duration(f.Isolation.Rest), time.Second), steps: map[string]results.Step{}, beside: map[string]bool{}}
	if e.Scenarios[abiding].Duration <= l.Settle {
		return problem("settle", fmt.Sprintf("%s leaves nothing of steps of %s", l.Settle, e.Scenarios[abiding].Duration), "")
	}
	e.Ladder, e.Isolation = l, f.Isolation.resolve()
	e.layGrid(e.Scenarios[abiding], e.Scenarios[disruptive], *f.Isolation)
	return nil
}

// layGrid puts the copies of both scenarios in their place.
func (e *Experiment) layGrid(abiding, disruptive Scenario, f isolationFile) {
	l := e.Ladder
	e.Scenarios = slices.DeleteFunc(e.Scenarios, func(s Scenario) bool {
		return s.Name == abiding.Name || s.Name == disruptive.Name
	})
	step := abiding.Duration + l.Rest
	row := time.Duration(len(f.Abiding.Scales)) * step
	for i, against := range f.Disruptive.Scales {
		d := disruptive
		d.Name, d.Scale, d.Start = fmt.Sprintf("%s-%d", d.Name, i+1), against, abiding.Start
		d.Start.Offset += time.Duration(i) * row
		d.Duration = row - l.Rest
		l.beside[d.Name] = true
		e.Scenarios = append(e.Scenarios, d)
		for k, scale := range f.Abiding.Scales {
			a := abiding
			a.Name, a.Scale = fmt.Sprintf("%s-%d-%d", a.Name, i+1, k+1), scale
			a.Start.Offset += time.Duration(i)*row + time.Duration(k)*step
			l.steps[a.Name] = results.Step{Scenario: abiding.Name, Level: scale, Beside: against}
			e.Scenarios = append(e.Scenarios, a)
		}
	}
	e.warmUpTo(abiding)
}

func (f *isolationFile) resolve() *results.Isolation {
	errors, delivered := tolerated(f.Errors, f.Delivered)
	return &results.Isolation{Percentile: orElse(f.Percentile, 95) / 100, Limit: time.Duration(f.Limit).Seconds(), Errors: errors,
		Delivered: delivered}
}
