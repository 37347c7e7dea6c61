package campaign

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
)

// Dose is how long a fault may last at one moment before a journey breaks its limit.
type Dose struct {
	Setup    string           `json:"setup"`
	Fault    string           `json:"fault"`
	Moment   string           `json:"moment"`
	At       string           `json:"at"`
	Journey  string           `json:"journey"`
	Expect   Expect           `json:"expect"`
	Shortest float64          `json:"shortest_s"` // first length of the search
	Longest  float64          `json:"longest_s"`  // second length
	Within   float64          `json:"within"`     // the search ends when neighbours differ by less, as a share
	Done     bool             `json:"done"`
	Breaks   finding.Quantity `json:"breaks"` // s, from the longest that passes to the shortest that fails
	Why      string           `json:"why"`    // a sentence
	Probes   []Probe          `json:"probes"` // by length
}

// Probe is one length that was measured.
type Probe struct {
	Length  float64         `json:"length_s"`
	Verdict finding.Verdict `json:"verdict"`
	Measure *Measure        `json:"measure,omitempty"` // of the first limit
	Report  string          `json:"report,omitempty"`
}

// Step is the resolution of a length, in s.
const Step = 0.01

const methodDose = "bisection by verdicts; from the longest that passes to the shortest that fails"

// Next returns the length that the search measures next, in s. It returns false when the search
// has ended: the neighbours of the interval are close enough, or an end of the range has another
// verdict than the search needs. An inconclusive length is part of the interval. The search then
// narrows the gaps on both sides of it.
func (d *Dose) Next() (float64, bool) {
	shortest, longest := d.probe(d.Shortest), d.probe(d.Longest)
	switch {
	case slices.ContainsFunc(d.Probes, func(p Probe) bool { return p.Verdict == finding.Invalid }):
		return 0, false
	case shortest == nil:
		return d.Shortest, true
	case shortest.Verdict != finding.Pass:
		return 0, false
	case longest == nil:
		return d.Longest, true
	case longest.Verdict != finding.Fail:
		return 0, false
	}
	inside := d.bracket()
	for i := 1; i < len(inside); i++ {
		a, b := inside[i-1], inside[i]
		open := a.Verdict != finding.Inconclusive || b.Verdict != finding.Inconclusive
		middle := math.Round(math.Sqrt(a.Length*b.Length)/Step) * Step
		if open && b.Length > a.Length*(1+d.Within) && middle > a.Length && middle < b.Length {
			return middle, true
		}
	}
	return 0, false
}

// probe returns the measurement of a length, nil when there is none.
func (d *Dose) probe(length float64) *Probe {
	for i, p := range d.Probes {
		if math.Abs(p.Length-length) < Step/2 {
			return &d.Probes[i]
		}
	}
	return nil
}

// bracket returns the probes from the longest that passes below the shortest that fails, to
// that one.
func (d *Dose) bracket() []Probe {
	all := slices.SortedFunc(slices.Values(d.Probes), func(a, b Probe) int { return cmp.Compare(a.Length, b.Length) })
	fails := slices.IndexFunc(all, func(p Probe) bool { return p.Verdict == finding.Fail })
	passes := 0
	for i, p := range all[:fails] {
		if p.Verdict == finding.Pass {
			passes = i
		}
	}
	return all[passes : fails+1]
}

// Answer fills in the result of the search, as far as it is.
func (d *Dose) Answer() {
	slices.SortFunc(d.Probes, func(a, b Probe) int { return cmp.Compare(a.Length, b.Length) })
	_, more := d.Next()
	d.Done = !more
	d.Breaks = finding.None("s", methodDose, len(d.Probes), "the search has not ended")
	if more {
		d.Why = fmt.Sprintf("The search goes on: %s measured.", finding.Plural(len(d.Probes), "length"))
		return
	}
	first, last := d.Probes[0], d.Probes[len(d.Probes)-1]
	for _, p := range d.Probes {
		if p.Verdict == finding.Invalid {
			d.Done, d.Why = false, fmt.Sprintf("The measurement of %s is invalid, so that the search cannot go on.",
				finding.Seconds(p.Length))
			return
		}
	}
	switch {
	case first.Verdict == finding.Fail:
		d.Why = fmt.Sprintf("Even %s breaks it.", finding.Seconds(first.Length))
	case first.Verdict != finding.Pass:
		d.Why = fmt.Sprintf("%s cannot be decided, the shortest length of the search.", finding.Seconds(first.Length))
	case last.Verdict == finding.Pass:
		d.Breaks = finding.Number(last.Length, "s", methodDose, len(d.Probes))
		d.Breaks.Censored = true
		d.Why = fmt.Sprintf("Even %s keeps it.", finding.Seconds(last.Length))
	case last.Verdict != finding.Fail:
		d.Why = fmt.Sprintf("%s cannot be decided, the longest length of the search.", finding.Seconds(last.Length))
	default:
		d.breaks()
	}
}

// breaks is where the figure crosses its limit, within the bracket.
func (d *Dose) breaks() {
	inside := d.bracket()
	lo, hi := inside[0].Length, inside[len(inside)-1].Length
	at := math.Sqrt(lo * hi)
	for i := 1; i < len(inside); i++ {
		a, b := inside[i-1], inside[i]
		if x, ok := crossing(a, b); ok {
			at = x
			break
		}
	}
	d.Breaks = finding.Number(at, "s", methodDose, len(d.Probes)).Bounded(lo, hi, level)
	d.Why = fmt.Sprintf("%s may last %s %s at %s before %s breaks its limit.", d.Fault, finding.Value(d.Breaks),
		finding.Interval(d.Breaks),
		d.At, d.Journey)
}

// crossing interpolates where a figure crosses its limit between two lengths.
func crossing(a, b Probe) (float64, bool) {
	if a.Measure == nil || b.Measure == nil || a.Measure.Quantity.Missing || b.Measure.Quantity.Missing {
		return 0, false
	}
	limit := a.Measure.Limit
	from, to := a.Measure.Quantity.Value-limit, b.Measure.Quantity.Value-limit
	if from == to || from*to > 0 {
		return 0, false
	}
	return a.Length + (b.Length-a.Length)*from/(from-to), true
}
