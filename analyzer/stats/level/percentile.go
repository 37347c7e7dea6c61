package level

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/quantile"
)

// From so many arrivals in all trials on intervals cover, by simulation.
const (
	enoughForTail   = 180
	enoughForMiddle = 600
)

// Percentile is a percentile of latency over trials.
type Percentile struct {
	P     float64
	Value float64 // s, of all arrivals together; +Inf: among the unserved; NaN: no arrivals
	SE    float64 // of ln Value; NaN when there is no interval
	DF    float64
	N     int // trials
	Prior moderated.Prior
	Why   string // why there is no interval
}

// PercentileOf puts trials together. Latencies are in s, each trial's in the order of
// time, unserved arrivals +Inf. Trials without arrivals are left out.
//
// The variance of a trial's ln percentile is that of independent arrivals, from order
// statistics, times V = 1 + 2.5 (T-1), plus tau^2; T is the correlation time of all
// trials one after another, which also sees levels that differ. It is pooled with the
// observed variance of the trials' ln percentiles, which counts as no smaller than the
// first part: a few trials of a pool that is seldom busy may not have met it busy.
//
// There is no interval when a trial has too few arrivals for its point percentile, when a
// trial's percentile is among the unserved, or when all trials together have fewer than
// 180 arrivals (below P90: 600).
func PercentileOf(trials [][]float64, p float64, prior moderated.Prior) Percentile {
	e := Percentile{P: p, Value: math.NaN(), SE: math.NaN(), DF: math.NaN(), Prior: prior}
	var all, points []float64
	need, enough := effect.Need(p), enoughForTail
	if p < 0.9 {
		enough = enoughForMiddle
	}
	for _, x := range trials {
		if len(x) == 0 {
			continue
		}
		e.N++
		all = append(all, x...)
		if len(x) < need {
			e.Why = fmt.Sprintf("a trial has %d arrivals, P%g needs %d", len(x), 100*p, need)
		}
		sorted := slices.Clone(x)
		slices.Sort(sorted)
		points = append(points, math.Log(quantile.Interpolated(sorted, p, quantile.Type8)))
	}
	if e.N == 0 {
		e.Why = "no arrivals"
		return e
	}
	time := quantile.CorrelationTime(all)
	slices.Sort(all)
	e.Value = quantile.Type1(all, p)
	n := float64(e.N)
	switch {
	case e.Why != "":
		return e
	case math.IsInf(slices.Max(points), 0) || math.IsInf(slices.Min(points), 0) || math.IsInf(e.Value, 1):
		e.Why = "the percentile of a trial falls among its unserved arrivals"
		return e
	case len(all) < enough:
		e.Why = fmt.Sprintf("%d arrivals in all trials, an interval of P%g needs %d", len(all), 100*p, enough)
		return e
	}
	sd := effect.Spread(all, p)
	within := sd * sd * n * Inflation(time)
	squares := 0.0
	if e.N > 1 {
		squares = (n - 1) * max(within, stat.Variance(points, nil))
	}
	e.DF = prior.DF + n - 1
	e.SE = math.Sqrt((prior.DF*(within+prior.Tau*prior.Tau) + squares) / e.DF / n)
	return e
}

// Interval is that of the percentile, in s. 0 and +Inf where there is none.
func (e Percentile) Interval(level float64) (lo, hi float64) {
	if math.IsNaN(e.SE) {
		return 0, math.Inf(1)
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.DF}.Quantile((1+level)/2) * e.SE
	return e.Value * math.Exp(-half), e.Value * math.Exp(half)
}

// Compare decides whether the percentile is above or below a limit at a level.
func (e Percentile) Compare(limit, level float64) moderated.Side {
	lo, hi := e.Interval(level)
	switch {
	case math.IsNaN(e.SE):
		return moderated.Undecided
	case lo > limit:
		return moderated.Above
	case hi <= limit:
		return moderated.Below
	}
	return moderated.Undecided
}
