package setups

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
)

// WeightMain is the part of the error probability that the main questions share. A difference
// in the share served that matters is a large one, and needs little.
const (
	WeightMain    = 0.75
	weightLatency = 0.2
	weightServed  = 0.05
)

// shareMargin is the difference of the shares served that is not material.
const shareMargin = 0.01

// weigh gives the endpoints their weights in Holm's procedure. The main question of each
// pair of setups is the latency in the first family that the experiment has. Rows of one
// kind share its weight.
func weigh(endpoints []Endpoint) {
	of := func(e Endpoint) int {
		switch {
		case e.Main:
			return 0
		case e.Measure == MeasureLatency:
			return 1
		}
		return 2
	}
	var n [3]float64
	for _, e := range endpoints {
		n[of(e)]++
	}
	for i, e := range endpoints {
		kind := of(e)
		endpoints[i].weight = [3]float64{WeightMain, weightLatency, weightServed}[kind] / n[kind]
	}
}

// decide tests all endpoints together, and words each.
func decide(r *run.Run, endpoints []Endpoint) {
	p, weights := make([]float64, len(endpoints)), make([]float64, len(endpoints))
	for i, e := range endpoints {
		p[i], weights[i] = e.estimate.P(1), e.weight
	}
	levels := compare.HolmLevels(p, weights, 1-r.PrimaryLevel())
	for i := range endpoints {
		endpoints[i].decide(r, levels[i])
	}
}

// decide judges one endpoint at its error probability.
func (e *Endpoint) decide(r *run.Run, alpha float64) {
	e.Verdict = finding.Inconclusive
	e.P = finding.None("", "two-sided", e.Pairs, "no effect")
	e.Tipping = finding.None("share", "largest spread between trials that leaves the answer", e.Pairs, "undecided")
	if !e.Effect.Missing && !e.estimate.Known() {
		e.Effect = finding.None(e.unit(), e.method(), 0, e.estimate.Why)
	}
	if math.IsNaN(alpha) || !e.estimate.Known() {
		e.Takes = "more arrivals in each window"
		e.Words = e.refused()
		return
	}
	e.Alpha = alpha
	e.P = finding.Number(e.estimate.P(1), "", "two-sided, before Holm's procedure", e.Pairs)
	lo, hi := e.estimate.Interval(1 - alpha)
	e.figure(lo, hi, 1-alpha)
	margin := math.Log(r.Options.Margin)
	worse := 1 // B is slower
	if e.Measure == MeasureServed {
		margin, worse = shareMargin/e.scale, -1
	}
	switch {
	case e.estimate.P(1) <= alpha:
		e.Verdict, e.Side = finding.Info, worse
		if e.estimate.Log < 0 {
			e.Side = -worse
		}
		e.tip(alpha)
	case math.Log(lo) > -margin && math.Log(hi) < margin:
		e.Verdict = finding.Pass
	default:
		e.Takes = e.takes(r, alpha)
	}
	e.Words = e.sentence()
}

func (e *Endpoint) unit() string {
	if e.Measure == MeasureServed {
		return "share"
	}
	return "ratio"
}

func (e *Endpoint) method() string {
	if e.Measure == MeasureServed {
		return "difference of the shares served, B less A; score variance widened for dependence; moderated t over pairs of trials"
	}
	return "ratio of percentiles (type 8) of all arrivals, geometric mean over journeys and pairs of trials; moderated t"
}

// figure sets the effect with its interval.
func (e *Endpoint) figure(lo, hi, level float64) {
	if e.Measure == MeasureServed {
		share := func(odds float64) float64 { return min(1, max(-1, math.Log(odds)*e.scale)) }
		e.Effect = finding.Number(e.estimate.Log*e.scale, "share", e.method(), e.Pairs).Bounded(share(lo), share(hi), level)
		return
	}
	if math.IsInf(e.estimate.Log, 0) {
		e.Effect = finding.None("ratio", e.method(), e.Pairs, "the percentile of one side is among the unserved arrivals")
		return
	}
	e.Effect = finding.RatioOf(compare.Bounded{Value: e.estimate.Ratio(), Lo: lo, Hi: hi}, e.Pairs, level, e.method())
}

// tip sets the largest spread between trials with which the answer holds.
func (e *Endpoint) tip(alpha float64) {
	const method = "largest standard deviation of the logarithm between trials that leaves the answer"
	if tipping := e.estimate.Tipping(1, 1-alpha); math.IsInf(tipping, 1) {
		e.Tipping = finding.None("share", method, e.Pairs, "no spread undoes it: the arrivals were not served")
	} else {
		e.Tipping = finding.Number(tipping, "share", method, e.Pairs)
	}
}

// mostPairs is the largest number of pairs that is worth naming.
const mostPairs = 50

// takes words how many pairs would decide an effect of the size that was seen, and what
// those at hand can see.
func (e *Endpoint) takes(r *run.Run, alpha float64) string {
	within := 0.0
	for _, v := range e.within {
		within += v / float64(len(e.within))
	}
	// Trials vary as assumed, or as they did when that is more.
	prior := e.estimate.Prior
	if e.estimate.N > 1 {
		prior.Tau = math.Sqrt(max(prior.Tau*prior.Tau, e.estimate.Spread*e.estimate.Spread-within))
	}
	d := power.Design{Within: within, Prior: prior, AtMost: max(e.Pairs, 1), Alpha: alpha, Fixed: true}
	at := math.Exp(math.Abs(e.estimate.Log))
	seen := d.Least(0.8)
	if e.Measure == MeasureServed {
		if math.Log(seen)*e.scale >= 1 {
			return "These trials are too few for any difference in the share served"
		}
		return fmt.Sprintf("These trials find a difference of %s points or more (power 80 %%)",
			finding.Decimal(100*math.Log(seen)*e.scale))
	}
	text := fmt.Sprintf("These trials find %s or more (power 80 %%)", finding.Ratio(seen))
	if at < r.Options.Margin {
		return text
	}
	d.AtMost = mostPairs
	if n := d.Replicates(at, 1, 0.8, mostPairs); n > e.Pairs {
		return fmt.Sprintf("%s; %s needs about %s", text, finding.Ratio(at), finding.Plural(n, "replicate"))
	}
	return text
}

// primary is the main question as the conductor judges it after each replicate.
func (e *Endpoint) primary(r *run.Run, served *Endpoint) finding.Primary {
	p := finding.Primary{ID: e.ID, Scope: finding.Scope{Setup: e.B}, Estimate: e.estimate, Limit: 1, Level: 1 - e.Alpha,
		Margin:   r.Options.Margin,
		Question: fmt.Sprintf("Does %s serve abiding tenants slower or faster than %s %s?", e.B, e.A, e.family.where()),
		Decided:  e.Verdict != finding.Inconclusive || (served != nil && served.Verdict == finding.Info)}
	if !p.Decided {
		p.Why = e.Words
	}
	return p
}

// known reports whether an estimate has a figure that a further replicate narrows.
func known(e moderated.Estimate) bool { return e.Known() && !math.IsInf(e.Log, 0) }
