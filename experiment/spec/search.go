package spec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// Search looks for the largest scale of one scenario that keeps the limits of
// capacity:. It replaces a ladder: each scale is a trial of its own, replicated, and the
// verdict on one scale decides the next.
type Search struct {
	Scenario string        `json:"scenario"`
	From     float64       `json:"from"`   // scale that should be carried
	To       float64       `json:"to"`     // scale that should not
	Within   float64       `json:"within"` // how far apart the ends of the bracket may stay, as a share of the lower one
	Settle   time.Duration `json:"settle_ns"`
}

// bisection is the only method of a search.
const bisection = "bisection"

// addSearch reads the search of the section capacity.
func (e *Experiment) addSearch(doc *file.Document, f experimentFile) error {
	c := f.Capacity
	at := e.scenarioIndex(c.Scenario)
	switch {
	case f.Ladder != nil:
		return doc.Problem("capacity.search", "there is a ladder, too", "remove ladder:, or search:")
	case len(c.Between) != 2 || c.Between[0] >= c.Between[1]:
		return doc.Problem("capacity.between", "a search needs two scales, ascending", "name one that is carried and one that is not")
	case at < 0:
		return noScenario(doc, "capacity.scenario", c.Scenario)
	}
	e.Search = &Search{Scenario: c.Scenario, From: c.Between[0], To: c.Between[1], Within: cmp.Or(c.Within, 0.1),
		Settle: given(c.Settle, defaultSettle)}
	if e.Scenarios[at].Duration <= e.Search.Settle {
		return doc.Problem("capacity.settle",
			fmt.Sprintf("%s leaves nothing of trials of %s", e.Search.Settle, e.Scenarios[at].Duration), "")
	}
	return nil
}

// AtScale returns the experiment with the searched scenario at one scale: a ladder of
// one step.
func (e *Experiment) AtScale(scale float64) *Experiment {
	one := *e
	one.Scenarios = slices.Clone(e.Scenarios)
	s := &one.Scenarios[one.scenarioIndex(e.Search.Scenario)]
	s.Scale, s.Name = scale, fmt.Sprintf("%s-at-%g", s.Name, scale)
	one.Ladder = &Ladder{Scenario: e.Search.Scenario, Settle: e.Search.Settle,
		Steps: map[string]results.Step{s.Name: {Scenario: e.Search.Scenario, Level: scale}}}
	one.warmUpTo(*s)
	return &one
}

// Rates is the most scales that the search tries: both ends, and halvings of their
// logarithmic distance. Rounding may lose half a percent of each halving.
func (s Search) Rates() int {
	n := 2
	for distance := math.Log(s.To / s.From); distance > math.Log1p(s.Within); n++ {
		distance = distance/2 + 0.005
	}
	return n
}
