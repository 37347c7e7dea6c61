package setups

import (
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
)

// Endpoint is a declared comparison of two setups: the latency or the share served, under
// one condition. Only endpoints become sentences about a difference.
type Endpoint struct {
	ID       string           `json:"id"` // of the finding that words it
	A        string           `json:"a"`
	B        string           `json:"b"`
	Family   string           `json:"family"`   // calm, neighbour, faults
	Measure  string           `json:"measure"`  // latency or served
	Main     bool             `json:"main"`     // the first question of the experiment
	Quantile string           `json:"quantile"` // of the latency, e.g. p95; empty for the share served
	Journeys []string         `json:"journeys"` // compared; the others have too few arrivals
	Pairs    int              `json:"pairs"`    // of trials with an effect
	ValueA   finding.Quantity `json:"value_a"`  // s, geometric mean over journeys and trials; or the share served
	ValueB   finding.Quantity `json:"value_b"`
	Effect   finding.Quantity `json:"effect"`  // ratio B/A, or difference B-A of the shares served
	P        finding.Quantity `json:"p"`       // two-sided, before adjustment
	Alpha    float64          `json:"alpha"`   // error probability that P is tested at, by Holm's procedure
	Assumed  string           `json:"assumed"` // what is assumed of how much trials vary
	Tipping  finding.Quantity `json:"tipping"` // share: the answer holds unless trials vary by more
	Takes    string           `json:"takes"`   // what it would take to decide, when undecided
	Verdict  finding.Verdict  `json:"verdict"` // info: they differ; pass: no material difference; inconclusive
	Side     int              `json:"side"`    // with info: +1 B is worse, -1 B is better
	Words    string           `json:"words"`

	family   family
	weight   float64 // in Holm's procedure
	estimate moderated.Estimate
	scale    float64   // of the share served: d share / d log odds
	within   []float64 // variances of the effects
	left     []string  // journeys, or faults' journeys, with too few arrivals
}

// The measures of an endpoint.
const (
	MeasureLatency = "latency"
	MeasureServed  = "served"
)

// enoughStrata is the share of arrivals that the journeys with enough arrivals must make up.
const enoughStrata = 0.6

// conditions are the arrivals of one family: by pair and side.
type conditions [][2][]effect.Condition

func conditionsOf(r *run.Run, pairs []pair, f family) conditions {
	all := make(conditions, len(pairs))
	for i := range pairs {
		for side := range all[i] {
			all[i][side] = pairs[i].arrivals(r, f, side)
		}
	}
	return all
}

// counts adds up the arrivals by stratum, and finds the least in any trial.
func (c conditions) counts(n int) (all, least []int) {
	all, least = make([]int, n), make([]int, n)
	for i := range least {
		least[i] = math.MaxInt
	}
	for _, sides := range c {
		for _, blocks := range sides {
			sum := make([]int, n)
			for _, b := range blocks {
				for j, k := range b.Counts(n) {
					sum[j] += k
				}
			}
			for j, k := range sum {
				all[j] += k
				least[j] = min(least[j], k)
			}
		}
	}
	return all, least
}

// any reports whether a trial has arrivals.
func (c conditions) any() bool {
	for _, sides := range c {
		for _, blocks := range sides {
			for _, b := range blocks {
				if len(b.Latency) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// latencyOf compares the latency of a family, stratified by journey. calmly are the calm
// arrivals of the same pairs: the covariate of those next to a disruptive tenant.
func latencyOf(r *run.Run, f family, c, calmly conditions, n int, prior moderated.Prior) Endpoint {
	e := Endpoint{Measure: MeasureLatency, family: f, Assumed: prior.String()}
	all, least := c.counts(n)
	p, weights, _, ok := effect.Choose(all, least, enoughStrata, effect.Percentiles(r.Options.Percentile))
	if !ok {
		e.refuse("a trial has too few arrivals " + f.where() + " for a " + finding.PercentileName(effect.Lowest(r.Options.Percentile)))
		e.estimate = moderated.Of(nil, prior)
		return e
	}
	e.Quantile = quantileName(p)
	for j, w := range weights {
		switch name := r.Journeys.List[j%r.Journeys.Len()]; {
		case w > 0:
			e.Journeys = run.AppendNew(e.Journeys, name)
		case all[j] > 0:
			e.left = run.AppendNew(e.left, name)
		}
	}
	e.estimate, e.within = together(c, calmly, weights, p, prior, r.PrimaryLevel())
	e.Pairs = e.estimate.N
	for side, q := range []*finding.Quantity{&e.ValueA, &e.ValueB} {
		*q = geometric(c, side, weights, p)
	}
	return e
}

// together puts the pairs together. The calm arrivals explain part of the luck of a trial,
// unless they decide by themselves that the setups differ.
func together(c, calmly conditions, weights []float64, p float64, prior moderated.Prior,
	level float64) (moderated.Estimate, []float64) {
	effects := across(c, weights, p)
	if calmly != nil {
		x := across(calmly, weights, p)
		theta := effect.Theta(x, prior.Tau*prior.Tau)
		if moderated.Of(x, prior).Compare(1, level) != moderated.Undecided {
			theta = 0
		}
		effects = effect.Covariate(effects, x, theta)
	}
	var within []float64
	for _, e := range effects {
		if e.Known() && !math.IsNaN(e.Var) {
			within = append(within, e.Var)
		}
	}
	return moderated.Of(effects, prior), within
}

func across(c conditions, weights []float64, p float64) []effect.Effect {
	out := make([]effect.Effect, len(c))
	for i, sides := range c {
		out[i] = effect.Across(sides[0], sides[1], weights, p)
	}
	return out
}

// geometric is the percentile of one side: the geometric mean over journeys and trials.
func geometric(c conditions, side int, weights []float64, p float64) finding.Quantity {
	const method = "type 8 percentile of all arrivals from intended start, geometric mean over journeys and trials"
	sum := 0.0
	for _, sides := range c {
		sum += effect.Level(sides[side], weights, p) / float64(len(c))
	}
	if math.IsInf(sum, 1) {
		return finding.None("s", method, len(c), "too many arrivals of a trial were not served")
	}
	return finding.Number(math.Exp(sum), "s", method, len(c))
}

// servedOf compares the shares served. The effect of a pair is the difference of the shares
// over p q, the logarithm of the odds to first order. p is the share of all arrivals, so that
// its variance is that of a score test and holds near 0 and 1, too.
func servedOf(f family, c conditions, prior moderated.Prior) Endpoint {
	e := Endpoint{Measure: MeasureServed, family: f, Assumed: prior.String() + " in the odds"}
	var sides [2][][]float64 // latencies by side and pair
	var n, good [2]int
	for side := range sides {
		for _, blocks := range c {
			var x []float64
			for _, b := range blocks[side] {
				x = append(x, b.Latency...)
			}
			sides[side] = append(sides[side], x)
			n[side], good[side] = n[side]+len(x), good[side]+level.Served(x)
		}
	}
	share, ok := level.Together(sides[0], sides[1])
	if !ok {
		e.refuse("no arrivals " + f.where() + " on one side")
		e.estimate = moderated.Of(nil, prior)
		return e
	}
	e.scale = share * (1 - share)
	a, b := level.Odds(sides[0], share), level.Odds(sides[1], share)
	var effects []effect.Effect
	for i := range c {
		effects = append(effects, effect.Difference(a[i], b[i]))
		if last := effects[i]; last.Known() {
			e.within = append(e.within, last.Var)
		}
	}
	e.estimate = moderated.Of(effects, prior)
	e.Pairs = e.estimate.N
	const served = "arrivals served of those offered"
	e.ValueA = finding.Number(float64(good[0])/float64(n[0]), "share", served, n[0])
	e.ValueB = finding.Number(float64(good[1])/float64(n[1]), "share", served, n[1])
	return e
}

// refuse leaves out the figures of an endpoint, with the reason.
func (e *Endpoint) refuse(why string) {
	method := e.method()
	e.Effect = finding.None(e.unit(), method, 0, why)
	of := "s"
	if e.Measure == MeasureServed {
		of = "share"
	}
	e.ValueA, e.ValueB = finding.None(of, method, 0, why), finding.None(of, method, 0, why)
}

func quantileName(p float64) string {
	for i, level := range run.Levels() {
		if level == p {
			return run.LevelNames()[i]
		}
	}
	return ""
}
