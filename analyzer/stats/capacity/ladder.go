package capacity

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/level"
)

// State is what a step shows of the objective.
type State string

// The three states of a step. Too few arrivals, or an interval that spans the
// objective, are Unknown: neither evidence for nor against.
const (
	Kept    State = "kept"
	Broken  State = "broken"
	Unknown State = "not known"
)

// Step is one level of a ladder with what its trials show together.
type Step struct {
	Level  float64     // as planned: the identity of the step and its place in the ladder
	Rate   float64     // 1/s, arrivals to expect at this level
	Within level.Share // share of the arrivals that were served within the objective's latency
	State  State
	Why    string // why the step is not kept
	Unseen bool   // broken by another limit than the latency, of which Within shows nothing
}

// Ladder is a series of steps for one objective, ascending in the planned level.
type Ladder struct {
	Steps  []Step
	Target float64 // share that must be within the latency, 0.95 for a P95
}

// NewLadder sorts the steps by their planned level. Arrivals are random, so that the
// rates that were measured may come out in another order, or equal.
func NewLadder(steps []Step, target float64) Ladder {
	sorted := slices.SortedStableFunc(slices.Values(steps), func(a, b Step) int { return cmp.Compare(a.Level, b.Level) })
	return Ladder{Steps: sorted, Target: target}
}

// Carried is the number of the highest step that was kept and has no broken step
// below it; -1 where there is none. A step that was kept vouches for unknown ones
// below it, which carry less.
func (l Ladder) Carried() int {
	carried := -1
	for i, s := range l.Steps {
		switch s.State {
		case Kept:
			carried = i
		case Broken:
			return carried
		}
	}
	return carried
}

// FirstBroken is the number of the lowest broken step, len(Steps) where there is none.
func (l Ladder) FirstBroken() int {
	if i := slices.IndexFunc(l.Steps, func(s Step) bool { return s.State == Broken }); i >= 0 {
		return i
	}
	return len(l.Steps)
}

// Estimate is a capacity with its interval, 1/s. Lo is 0 and Hi +Inf where the ladder
// ends before the bound.
type Estimate struct {
	Value, Lo, Hi float64
	Censored      bool   // the ladder ends below the capacity: Value is its top
	Why           string // with Value NaN
}

// Crossing is the rate at which the share of arrivals that are too slow crosses what
// the objective allows. The logits of the shares are made ascending in the level and
// are linear in the rate between steps: the tail of a waiting time is about
// exponential in the load. The interval is where the bounds of the steps cross, held
// between the highest step that is carried and the lowest that is broken. At confidence
// 0 there is none.
func (l Ladder) Crossing(confidence float64) Estimate {
	if len(l.Steps) < 2 {
		return Estimate{Value: math.NaN(), Hi: math.Inf(1), Why: "fewer than two levels were tried"}
	}
	curve := l.slow()
	e := Estimate{Value: curve.cross(l.limit(), 0), Hi: math.Inf(1)}
	if confidence > 0 {
		e.Lo, e.Hi = curve.cross(l.limit(), confidence), curve.cross(l.limit(), -confidence)
	}
	if i := l.Carried(); i >= 0 {
		e.Lo = max(e.Lo, l.Steps[i].Rate)
		e.Value, e.Hi = max(e.Value, e.Lo), max(e.Hi, e.Lo)
	}
	if i := l.FirstBroken(); i < len(l.Steps) && l.Steps[i].Rate > e.Lo {
		e.Hi = min(e.Hi, l.Steps[i].Rate)
		e.Value = min(e.Value, e.Hi)
	}
	if math.IsInf(e.Value, 1) {
		e.Value, e.Censored = l.Steps[len(l.Steps)-1].Rate, true
	}
	if e.Value == 0 {
		e.Value, e.Why = math.NaN(), "the lowest level is beyond the objective already"
	}
	return e
}

// ProbabilityAt is the probability that the objective holds at a rate, from the
// interval of the curve there. Below the lowest step it is that of the lowest step,
// above the highest that of the highest: bounds, since load only ever makes slower. From the
// lowest broken step on it is at most 5 %. Where errors, load that was not delivered or a
// growing queue break that step, the curve shows nothing of it: the limit may be anywhere
// between the carried step below and that step, and the bound falls evenly between them.
func (l Ladder) ProbabilityAt(rate float64) float64 {
	if len(l.Steps) == 0 {
		return math.NaN()
	}
	mean, se, df := l.slow().at(rate)
	return min(distuv.StudentsT{Mu: mean, Sigma: se, Nu: df}.CDF(l.limit()), l.atMost(rate))
}

// atMost bounds the probability by the lowest broken step.
func (l Ladder) atMost(rate float64) float64 {
	const broken = 0.05 // a step is called broken wrongly in at most so many cases
	i := l.FirstBroken()
	if i == len(l.Steps) {
		return 1
	}
	from, to := 0.0, l.Steps[i].Rate
	if k := l.Carried(); k >= 0 {
		from = l.Steps[k].Rate
	}
	switch {
	case rate >= to:
		return broken
	case !l.Steps[i].Unseen:
		return 1
	}
	return 1 - (1-broken)*max(0, rate-from)/(to-from)
}

// limit is the logit of the share that may be too slow.
func (l Ladder) limit() float64 { return logit(1 - l.Target) }

// curve is the logit of the share of slow arrivals over the rate: t distributed
// around mean at each step.
type curve struct {
	rate, mean, se, df []float64
}

func (l Ladder) slow() curve {
	var c curve
	weights := make([]float64, 0, len(l.Steps))
	for _, s := range l.Steps {
		// Half an arrival more on each side: the logit of 0 is not finite.
		n := s.Within.Effective + 1
		p := ((1-s.Within.Value)*s.Within.Effective + 0.5) / n
		c.rate, c.df = append(c.rate, s.Rate), append(c.df, s.Within.DF)
		c.mean, c.se = append(c.mean, logit(p)), append(c.se, 1/math.Sqrt(n*p*(1-p)))
		weights = append(weights, n*p*(1-p))
	}
	c.mean = PAVA(c.mean, weights)
	return c
}

// bound is the curve at step i: its mean at confidence 0, its upper bound at a
// confidence, its lower bound at a negative one.
func (c curve) bound(i int, confidence float64) float64 {
	if confidence == 0 {
		return c.mean[i]
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: c.df[i]}.Quantile((1 + math.Abs(confidence)) / 2)
	return c.mean[i] + math.Copysign(t, confidence)*c.se[i]
}

// cross is the lowest rate at which a bound of the curve reaches a limit: 0 when the
// first step is beyond it, +Inf when none is.
func (c curve) cross(limit, confidence float64) float64 {
	bounds := make([]float64, len(c.rate))
	for i := range bounds {
		bounds[i] = c.bound(i, confidence)
	}
	bounds = PAVA(bounds, nil)
	for i, b := range bounds {
		switch {
		case b <= limit:
		case i == 0:
			return 0
		default:
			return c.rate[i-1] + (limit-bounds[i-1])/(b-bounds[i-1])*(c.rate[i]-c.rate[i-1])
		}
	}
	return math.Inf(1)
}

// at interpolates the curve.
func (c curve) at(rate float64) (mean, se, df float64) {
	i, _ := slices.BinarySearch(c.rate, rate)
	switch {
	case i == 0:
		return c.mean[0], c.se[0], c.df[0]
	case i == len(c.rate):
		return c.mean[i-1], c.se[i-1], c.df[i-1]
	}
	share := (rate - c.rate[i-1]) / (c.rate[i] - c.rate[i-1])
	between := func(x []float64) float64 { return x[i-1] + share*(x[i]-x[i-1]) }
	return between(c.mean), between(c.se), between(c.df)
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// Headroom is capacity over a forecast peak, less one: 0.3 means that 30 % more than
// the peak is carried. NaN for a peak <= 0.
func Headroom(capacity, peak float64) float64 {
	if !(peak > 0) {
		return math.NaN()
	}
	return capacity/peak - 1
}

// DoublingLoad is Odoo's own rule of thumb for a full server: the lowest offered rate
// at which the median latency is twice that of the lowest rate, linear between rungs.
// NaN when it never doubles. medians ascend with rates.
func DoublingLoad(rates, medians []float64) float64 {
	if len(rates) == 0 || len(rates) != len(medians) {
		return math.NaN()
	}
	y := PAVA(medians, nil)
	for i := 1; i < len(y); i++ {
		if y[i] >= 2*y[0] && y[i] > y[i-1] {
			return rates[i-1] + (2*y[0]-y[i-1])/(y[i]-y[i-1])*(rates[i]-rates[i-1])
		}
	}
	return math.NaN()
}
