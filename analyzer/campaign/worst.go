package campaign

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/moderated"
)

// Worst is the moment at which a fault harms a journey most: the share served is the lowest.
type Worst struct {
	Setup    string           `json:"setup"`
	Fault    string           `json:"fault"`
	Journey  string           `json:"journey"`
	Expect   Expect           `json:"expect"`
	First    float64          `json:"first_s"`  // offset of the earliest moment of the search
	Last     float64          `json:"last_s"`   // offset of the latest
	Step     float64          `json:"step_s"`   // of the grid
	Finest   float64          `json:"finest_s"` // around the lowest moment, the step is halved down to this
	Done     bool             `json:"done"`
	At       string           `json:"at,omitempty"`     // the moment with the lowest share
	Served   finding.Quantity `json:"served"`           // there; its interval holds for any moment of the search
	Like     []string         `json:"like,omitempty"`   // moments whose share may be as low
	Failed   []string         `json:"failed,omitempty"` // moments that were not compared
	Why      string           `json:"why"`              // sentences
	Moments  []Moment         `json:"moments"`          // by offset
	Compared int              `json:"compared"`
}

// Moment is one moment of the search with its cell. Its offset counts from the landmark that all
// moments of the search have.
type Moment struct {
	Offset float64  `json:"offset_s"`
	Better *float64 `json:"p_better,omitempty"` // p-value that its share is that of the lowest one, after Holm
	Cell

	Odds *finding.Primary `json:"-"` // the share served, as odds; nil: it cannot be compared
}

const methodWorst = "lowest share of the moments; interval for all moments together (Bonferroni)"

// Open returns the offsets that the search measures next, in s: first the grid, then the moments
// between the lowest one and its neighbours. It is empty when the search has ended.
func (w *Worst) Open() []float64 {
	var known []float64
	for i := 0; w.First+float64(i)*w.Step < w.Last+Step/2; i++ {
		known = append(known, w.First+float64(i)*w.Step)
	}
	if open := w.without(known); len(open) > 0 {
		return open
	}
	for step := w.Step / 2; step > w.Finest-Step/2 && w.Finest > 0; step /= 2 {
		lowest := w.lowestOf(known)
		if lowest == nil {
			return nil
		}
		var near []float64
		for _, offset := range []float64{lowest.Offset - step, lowest.Offset + step} {
			if offset > w.First-Step/2 && offset < w.Last+Step/2 {
				near = append(near, offset)
			}
		}
		if open := w.without(near); len(open) > 0 {
			return open
		}
		known = append(known, near...)
	}
	return nil
}

// without lists the offsets that have no measurement, valid or not.
func (w *Worst) without(offsets []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(offsets), func(offset float64) bool {
		m := w.moment(offset)
		return m != nil && m.State == Measured
	})
}

func (w *Worst) moment(offset float64) *Moment {
	i := slices.IndexFunc(w.Moments, func(m Moment) bool { return math.Abs(m.Offset-offset) < Step/2 })
	if i < 0 {
		return nil
	}
	return &w.Moments[i]
}

// lowestOf returns the moment with the lowest share among some; nil when none can be compared.
func (w *Worst) lowestOf(offsets []float64) (lowest *Moment) {
	for _, offset := range offsets {
		m := w.moment(offset)
		if m.Odds != nil && (lowest == nil || m.Odds.Estimate.Log < lowest.Odds.Estimate.Log) {
			lowest = m
		}
	}
	return lowest
}

// Answer fills in the result of the search, as far as it is.
func (w *Worst) Answer() {
	slices.SortFunc(w.Moments, func(a, b Moment) int { return cmp.Compare(a.Offset, b.Offset) })
	w.Done = len(w.Open()) == 0
	w.At, w.Like, w.Failed, w.Compared = "", nil, nil, 0
	var odds []moderated.Estimate
	var compared []*Moment
	alpha, measured := 1-level, 0
	for i := range w.Moments {
		m := &w.Moments[i]
		m.Better = nil
		if m.State == Measured {
			measured++
		}
		if m.Odds == nil {
			w.Failed = append(w.Failed, m.At)
			continue
		}
		odds, compared, alpha = append(odds, m.Odds.Estimate), append(compared, m), min(alpha, 1-m.Odds.Level)
	}
	switch {
	case !w.Done:
		w.Served = finding.None("share", methodWorst, 0, "the search has not ended")
		w.Why, w.Failed = fmt.Sprintf("The search goes on: %s measured.", finding.Plural(measured, "moment")), nil
		return
	case len(compared) < 2:
		w.Served = finding.None("share", methodWorst, 0, "fewer than two moments")
		w.Why = "Fewer than two moments have a valid measurement."
		return
	}
	w.Compared = len(compared)
	at, p := worstOf(odds)
	for i, m := range compared {
		if i == at {
			continue
		}
		m.Better = &p[i]
		if !(p[i] <= alpha) {
			w.Like = append(w.Like, m.At)
		}
	}
	w.Served = shareAt(compared[at], 1-alpha/float64(len(compared)))
	if !slices.ContainsFunc(odds, func(e moderated.Estimate) bool { return e.Log > odds[at].Log }) {
		w.Like = nil
		w.Why = fmt.Sprintf("The same share of %s is served at all moments: %s %s.", w.Journey, finding.Value(w.Served),
			finding.Interval(w.Served))
		return
	}
	w.At, w.Why = compared[at].At, w.sentences(compared[at])
}

// shareAt is the share served at a moment, with its interval at a level.
func shareAt(m *Moment, confidence float64) finding.Quantity {
	lo, hi := m.Odds.Estimate.Interval(confidence)
	q := m.Measures[0].Quantity
	return finding.Number(q.Value, "share", methodWorst, q.N).Bounded(lo/(1+lo), hi/(1+hi), confidence)
}

// sentences words the result.
func (w *Worst) sentences(worst *Moment) string {
	text := []string{fmt.Sprintf("%s is served least when %s begins at %s: %s %s.", w.Journey, w.Fault, worst.At,
		finding.Value(w.Served), finding.Interval(w.Served))}
	switch {
	case len(w.Like) == 0:
		text = append(text, "Every other moment is certainly better.")
	case len(w.Like) == w.Compared-1:
		text = append(text, "There is not enough data to name the worst moment: no other one is certainly better.",
			"More replicates in the template show more.")
	default:
		text = append(text, fmt.Sprintf("There is not enough data to distinguish it from %s. The others are certainly better.",
			finding.List(w.Like, 6)))
	}
	switch {
	case worst.Offset < w.First+Step/2:
		text = append(text, "It is the earliest moment of the search.")
	case worst.Offset > w.Last-Step/2:
		text = append(text, "It is the latest moment of the search.")
	}
	if len(w.Failed) > 0 {
		text = append(text, fmt.Sprintf("Not compared: %s.", finding.List(w.Failed, 6)))
	}
	return strings.Join(text, " ")
}

// worstOf returns the estimate with the lowest odds, and for each other one the p-value of having
// the same odds. The p-values are those of Holm over all pairs: which estimate is the lowest
// follows from the data, so that each pair may become a sentence.
//
// With Holm the chance of any false sentence is at most the level, also when moments were added
// around the lowest one: their runs are new, and all pairs with them are counted.
func worstOf(odds []moderated.Estimate) (at int, p []float64) {
	for i, e := range odds {
		if e.Log < odds[at].Log {
			at = i
		}
	}
	type pair struct{ a, b int }
	var pairs []pair
	var ps []float64
	for a := range odds {
		for b := range a {
			pairs = append(pairs, pair{a, b})
			ps = append(ps, difference(odds[a], odds[b]).P(1))
		}
	}
	p = make([]float64, len(odds))
	p[at] = 1
	for i, adjusted := range compare.Holm(ps) {
		switch at {
		case pairs[i].a:
			p[pairs[i].b] = adjusted
		case pairs[i].b:
			p[pairs[i].a] = adjusted
		}
	}
	return at, p
}

// difference sets two moments against each other. Dependence between arrivals is that of the moment
// whose share is closer to a half: where nearly all are served, it rests on a handful of misses.
//
// The variance of a trial's logit is W + tau^2 with W = V / (m p q). With V / m of the other moment,
// W' = W0 p0 q0 / (p q), and SE^2 changes by d0 (W' - W) / (DF n).
func difference(a, b moderated.Estimate) moderated.Estimate {
	if spread(a) < spread(b) {
		a, b = b, a
	}
	within := a.Within * spread(a) / spread(b)
	b.SE = math.Sqrt(b.SE*b.SE + b.Prior.DF*(within-b.Within)/(b.DF*float64(b.N)))
	b.Within = within
	return moderated.Difference(a, b)
}

// spread is p (1-p) of the share with some odds.
func spread(e moderated.Estimate) float64 {
	p := 1 / (1 + math.Exp(-e.Log))
	return p * (1 - p)
}
