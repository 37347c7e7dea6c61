package experiment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"example.org/odooharness/results"
)

// Search asks for the largest scale of one scenario that keeps what capacity: asks
// for. It takes the place of a ladder: each scale is a trial of its own, replicated,
// and the next one follows from how the last was judged.
type Search struct {
	Scenario string        `json:"scenario"`
	From     float64       `json:"from"`   // scale that should be carried
	To       float64       `json:"to"`     // scale that should not
	Within   float64       `json:"within"` // how far apart the ends of the bracket may stay, as a share of the lower one
	Settle   time.Duration `json:"settle_ns"`
}

// bisection is the one way to search that there is.
const bisection = "bisection"

// seek reads the search of the section capacity.
func (e *Experiment) seek(doc *document, f file) error {
	c := f.Capacity
	problem := func(field, what, remedy string) error { return doc.problem("capacity."+field, what, remedy) }
	at := e.named(c.Scenario)
	switch {
	case f.Ladder != nil:
		return problem("search", "there is a ladder, too", "remove ladder:, or search:")
	case len(c.Between) != 2 || c.Between[0] >= c.Between[1]:
		return problem("between", "a search takes two scales, ascending", "name one that is carried and one that is not")
	case at < 0:
		return doc.noScenario("capacity.scenario", c.Scenario)
	}
	e.Search = &Search{Scenario: c.Scenario, From: c.Between[0], To: c.Between[1], Within: orElse(c.Within, 0.1),
		Settle: orElse(time.Duration(c.Settle), settle)}
	if e.Scenarios[at].Duration <= e.Search.Settle {
		return problem("settle", fmt.Sprintf("%s leaves nothing of trials of %s", e.Search.Settle, e.Scenarios[at].Duration), "")
	}
	return nil
}

// at is the experiment with the searched scenario at one scale: a ladder of one step.
func (e *Experiment) at(scale float64) *Experiment {
	one := *e
	one.Scenarios = slices.Clone(e.Scenarios)
	s := &one.Scenarios[one.named(e.Search.Scenario)]
	s.Scale, s.Name = scale, fmt.Sprintf("%s-at-%g", s.Name, scale)
	one.Ladder = &Ladder{Scenario: e.Search.Scenario, Settle: e.Search.Settle,
		steps: map[string]results.Step{s.Name: {Scenario: e.Search.Scenario, Level: scale}}}
	one.warmUpTo(*s)
	return &one
}

// Rates is the most scales that the search tries: both ends, and halvings of their
// logarithmic distance, of which each may lose half a percent by rounding.
func (s Search) Rates() int {
	n := 2
	for distance := math.Log(s.To / s.From); distance > math.Log1p(s.Within); n++ {
		distance = distance/2 + 0.005
	}
	return n
}

// bracket closes in on the largest scale that is carried.
//
//	from ──kept──> to ──not kept──> geometric middle ─┬─kept──────> raises the lower end
//	 │              │                      ▲          └─not kept──> lowers the upper end
//	 not kept       kept                   └───── until upper/lower - 1 <= within
//	 │              │
//	 begin lower    the capacity lies above
//
// The middle is the geometric one, since loads are compared by their ratio.
type bracket struct {
	search    Search
	low, high float64 // scales that were kept and not kept; 0: none yet
}

// next is the scale to try; more is false when there is nothing left to learn.
func (b *bracket) next() (scale float64, more bool) {
	s := b.search
	switch {
	case b.low == 0 && b.high == 0:
		return s.From, true
	case b.low == 0 || b.low >= s.To: // the capacity lies outside
		return 0, false
	case b.high == 0:
		return s.To, true
	case b.high/b.low-1 <= s.Within:
		return 0, false
	}
	return threeDigits(math.Sqrt(b.low * b.high)), true
}

// judged takes in whether a scale was kept.
func (b *bracket) judged(scale float64, kept bool) {
	if kept {
		b.low = scale
	} else {
		b.high = scale
	}
}

// threeDigits rounds a scale to what people can read and write into a file.
func threeDigits(x float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return x
	}
	return short
}
