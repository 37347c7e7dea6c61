package spec

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// isolationFile requests how much load abiding tenants may still offer at each load of
// disruptive ones.
type isolationFile struct {
	Abiding    ladderOf       `yaml:"abiding"`
	Disruptive ladderOf       `yaml:"disruptive"`
	Settle     *file.Duration `yaml:"settle"`
	Rest       *file.Duration `yaml:"rest"`
	Percentile float64        `yaml:"percentile"`
	Limit      file.Duration  `yaml:"limit"`
	Errors     *float64       `yaml:"errors"`
	Delivered  float64        `yaml:"delivered"`
}

type ladderOf struct {
	Scenario string    `yaml:"scenario"`
	Scales   []float64 `yaml:"scales"`
}

// addGrid runs the ladder of the abiding tenants once for every load of the disruptive
// ones.
//
//	disruptive  ____________________|    2     |    3     |
//	abiding     1_|2_|3_|   1_|2_|3_|   1_|2_|3_|
//
// The loads are compared in arrivals. Those are of one size only when both offer the
// same script, so another script is refused.
func (e *Experiment) addGrid(doc *file.Document, f experimentFile) error {
	problem := func(field, what, remedy string) error { return doc.Problem("isolation."+field, what, remedy) }
	abiding, disruptive := e.scenarioIndex(f.Isolation.Abiding.Scenario), e.scenarioIndex(f.Isolation.Disruptive.Scenario)
	switch {
	case f.Ladder != nil || f.Capacity != nil:
		return problem("abiding", "there is a ladder: or a capacity:, too", "write one of them in an experiment")
	case abiding < 0:
		return noScenario(doc, "isolation.abiding", f.Isolation.Abiding.Scenario)
	case disruptive < 0:
		return noScenario(doc, "isolation.disruptive", f.Isolation.Disruptive.Scenario)
	case !e.OnlyDisruptive(e.Scenarios[disruptive].Tenants):
		return problem("disruptive", "abiding tenants offer it, too", "write tenants: disruptive")
	case slices.ContainsFunc(e.Scenarios[abiding].Tenants, func(t string) bool { return e.Tenants[t] == results.Disruptive }):
		return problem("abiding", "disruptive tenants offer it, too", "write tenants: abiding")
	case e.Scenarios[abiding].Script != e.Scenarios[disruptive].Script:
		return problem("disruptive", "it is another script: an arrival of the one is not an arrival of the other",
			"let both offer one script")
	}
	l := &Ladder{Scenario: f.Isolation.Abiding.Scenario, Settle: given(f.Isolation.Settle, defaultSettle),
		Rest: given(f.Isolation.Rest, time.Second), Steps: map[string]results.Step{}, Background: map[string]bool{}}
	if e.Scenarios[abiding].Duration <= l.Settle {
		return problem("settle", fmt.Sprintf("%s leaves nothing of steps of %s", l.Settle, e.Scenarios[abiding].Duration), "")
	}
	e.Ladder, e.Isolation = l, f.Isolation.resolve()
	e.addGridSteps(e.Scenarios[abiding], e.Scenarios[disruptive], *f.Isolation)
	return nil
}

// addGridSteps replaces both scenarios with their copies.
func (e *Experiment) addGridSteps(abiding, disruptive Scenario, f isolationFile) {
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
		l.Background[d.Name] = true
		e.Scenarios = append(e.Scenarios, d)
		for k, scale := range f.Abiding.Scales {
			a := abiding
			a.Name, a.Scale = fmt.Sprintf("%s-%d-%d", a.Name, i+1, k+1), scale
			a.Start.Offset += time.Duration(i)*row + time.Duration(k)*step
			l.Steps[a.Name] = results.Step{Scenario: abiding.Name, Level: scale, Disruptive: against}
			e.Scenarios = append(e.Scenarios, a)
		}
	}
	e.warmUpTo(abiding)
}

func (f *isolationFile) resolve() *results.Isolation {
	errorShare, minDelivered := limits(f.Errors, f.Delivered)
	return &results.Isolation{Percentile: cmp.Or(f.Percentile, 95) / 100, Limit: time.Duration(f.Limit).Seconds(),
		Errors:    errorShare,
		Delivered: minDelivered}
}
