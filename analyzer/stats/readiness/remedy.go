package readiness

import (
	"cmp"
	"slices"
)

// Remedy is one change, and the probability with it.
type Remedy struct {
	Kind        RemedyKind `json:"kind"`
	Fault       string     `json:"fault,omitempty"`
	Probability float64    `json:"probability"`
}

// RemedyKind is a kind of change.
type RemedyKind string

// The remedies that are tried on a plan.
const (
	MoreCapacity   RemedyKind = "more capacity" // 10 %
	LessLoad       RemedyKind = "less load"     // 10 % of the load is moved out of the window
	Redundancy     RemedyKind = "redundancy"    // the fault leaves the whole capacity
	FasterRepair   RemedyKind = "faster repair" // half the time, recovery included
	RarerFault     RemedyKind = "rarer fault"   // half as often
	remedyPortion             = 0.1
	halfAsMuch                = 0.5
	everythingLeft            = 1
)

// remedies tries each change alone, on the same peaks.
func (p Plan) remedies() []Remedy {
	var all []Remedy
	try := func(kind RemedyKind, fault string, change func(*Plan)) {
		changed := p
		changed.Faults = slices.Clone(p.Faults)
		change(&changed)
		all = append(all, Remedy{kind, fault, Probability(changed)})
	}
	try(MoreCapacity, "", func(c *Plan) { c.Capacity.Value *= 1 + remedyPortion })
	try(LessLoad, "", func(c *Plan) { c.Forecast.Value *= 1 - remedyPortion })
	for i, f := range p.Faults {
		if !(f.Rate > 0) {
			continue
		}
		try(Redundancy, f.Name, func(c *Plan) { c.Faults[i].Left = Measured(everythingLeft, 0) })
		try(FasterRepair, f.Name, func(c *Plan) {
			c.Faults[i].Lasts.Value *= halfAsMuch
			if r := f.Recovery; r != nil {
				c.Faults[i].Recovery = &Estimate{Value: r.Value * halfAsMuch, Spread: r.Spread, AtLeast: r.AtLeast}
			}
		})
		try(RarerFault, f.Name, func(c *Plan) { c.Faults[i].Rate *= halfAsMuch })
	}
	slices.SortStableFunc(all, func(a, b Remedy) int { return cmp.Compare(b.Probability, a.Probability) })
	return all
}
