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

// excessOfPercentile is how much more of the variance of a percentile than of a mean logarithm
// dependence makes. It is larger than the one of shares, because the order statistics of a
// short trial also miss the busy times of its pool.
const excessOfPercentile = 4.5

// Percentile is a percentile of latency over trials.
type Percentile struct {
	P        float64
	Value    float64 // s, of all arrivals together; +Inf: among the unserved; NaN: no arrivals
	SE       float64 // of ln Value; NaN when there is no interval
	DF       float64
	N        int // trials
	Arrivals int // in all trials
	Prior    moderated.Prior
	Why      string // why there is no interval
}

// Pooled are the arrivals of all trials together, for several percentiles.
type Pooled struct {
	all    []float64   // s, ascending
	trials [][]float64 // s, each ascending; those with arrivals
	time   float64     // correlation time of all trials, one after another
}

// Pool prepares trials. Latencies are in s, each trial's in the order of time, unserved
// arrivals +Inf. Trials without arrivals are left out. trials stay as they are.
func Pool(trials [][]float64) Pooled {
	var sorted [][]float64
	for _, x := range trials {
		x = slices.Clone(x)
		slices.Sort(x)
		sorted = append(sorted, x)
	}
	return PoolSorted(sorted, quantile.CorrelationTime(slices.Concat(trials...)))
}

// PoolSorted is [Pool] of trials that are at hand ascending, and of the correlation time of
// all of them one after another.
func PoolSorted(trials [][]float64, time float64) Pooled {
	p := Pooled{time: time}
	for _, x := range trials {
		if len(x) > 0 {
			p.trials = append(p.trials, x)
		}
	}
	if len(p.trials) > 0 {
		p.all = merged(p.trials)
	}
	return p
}

// merged returns the values of ascending series, ascending.
func merged(series [][]float64) []float64 {
	for len(series) > 1 {
		var next [][]float64
		for pair := range slices.Chunk(series, 2) {
			if len(pair) == 2 {
				pair = [][]float64{mergedTwo(pair[0], pair[1])}
			}
			next = append(next, pair[0])
		}
		series = next
	}
	return series[0]
}

func mergedTwo(a, b []float64) []float64 {
	all := make([]float64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// PercentileOf is the percentile of [Pool], for callers that need one.
func PercentileOf(trials [][]float64, p float64, prior moderated.Prior) Percentile {
	return Pool(trials).Percentile(p, prior)
}

// Percentile puts trials together.
//
// The variance of a trial's ln percentile is that of independent arrivals, from order
// statistics, times V = 1 + 4.5 (T-1), plus tau^2; T is the correlation time of all
// trials one after another, which also sees levels that differ. It is pooled with the
// observed variance of the trials' ln percentiles, which counts as no smaller than the
// first part: a few trials of a pool that is seldom busy may not have met it busy.
//
// There is no interval when a trial has too few arrivals for its point percentile, when a
// trial's percentile is among the unserved, or when all trials together have fewer than
// 180 arrivals (below P90: 600).
func (all Pooled) Percentile(p float64, prior moderated.Prior) Percentile {
	e := Percentile{P: p, Value: math.NaN(), SE: math.NaN(), DF: math.NaN(), N: len(all.trials), Arrivals: len(all.all),
		Prior: prior}
	if e.N == 0 {
		e.Why = "no arrivals"
		return e
	}
	e.Value = quantile.Type1(all.all, p)
	if e.Why = all.refused(p); e.Why != "" {
		return e
	}
	points := make([]float64, e.N)
	for i, x := range all.trials {
		points[i] = math.Log(quantile.Interpolated(x, p, quantile.Type8))
	}
	sd, n := effect.Spread(all.all, p), float64(e.N)
	switch {
	case math.IsInf(slices.Max(points), 1) || math.IsInf(e.Value, 1):
		e.Why = "the percentile of a trial falls among its unserved arrivals"
		return e
	case math.IsInf(slices.Min(points), -1) || math.IsInf(sd, 0) || math.IsNaN(sd):
		e.Why = "latencies of 0 s"
		return e
	}
	within := sd * sd * n * (1 + excessOfPercentile*(all.time-1))
	squares := 0.0
	if e.N > 1 {
		squares = (n - 1) * max(within, stat.Variance(points, nil))
	}
	e.DF = prior.DF + n - 1
	e.SE = math.Sqrt((prior.DF*(within+prior.Tau*prior.Tau) + squares) / e.DF / n)
	return e
}

// refused returns why the arrivals are too few for an interval, or nothing.
func (all Pooled) refused(p float64) string {
	need, enough := effect.Need(p), enoughForTail
	if p < 0.9 {
		enough = enoughForMiddle
	}
	for _, x := range all.trials {
		if len(x) < need {
			return fmt.Sprintf("an interval of P%g needs %d arrivals in each trial", 100*p, need)
		}
	}
	if len(all.all) < enough {
		return fmt.Sprintf("an interval of P%g needs %d arrivals in all trials", 100*p, enough)
	}
	return ""
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
