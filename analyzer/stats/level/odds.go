package level

import (
	"math"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/quantile"
)

// Odds are the shares served in trials, each as an effect against the share of all trials of
// both sides of a comparison: (share_i - share) / (share (1 - share)). To first order that is
// the logarithm of a ratio of odds. Its variance is that of a score test, V / (n share
// (1 - share)): it holds near 0 and 1, too, and is too large rather than too small when the
// sides differ.
//
// V is the inflation for dependence, 1 + 2.5 (T-1) with T the correlation time of all trials
// of the side. Latencies are in s, each trial's in the order of time, unserved ones +Inf.
func Odds(trials [][]float64, share float64) []effect.Effect {
	var all []float64
	for _, x := range trials {
		all = append(all, x...)
	}
	inflation := Inflation(quantile.CorrelationTime(all))
	pq := share * (1 - share)
	out := make([]effect.Effect, len(trials))
	for i, x := range trials {
		if len(x) == 0 {
			out[i] = effect.Unknown("a trial has no arrivals")
			continue
		}
		n := float64(len(x))
		out[i] = effect.Effect{Log: (float64(Served(x))/n - share) / pq, Var: inflation / (n * pq), P: math.NaN()}
	}
	return out
}

// Served counts the arrivals that were served.
func Served(x []float64) int {
	n := 0
	for _, v := range x {
		if !math.IsInf(v, 1) {
			n++
		}
	}
	return n
}

// Together is the share served of both sides of a comparison, not quite 0 or 1. False:
// a side has no arrivals.
func Together(a, b [][]float64) (share float64, ok bool) {
	good, offered := 0.5, 1.0
	ok = true
	for _, side := range [][][]float64{a, b} {
		n := 0
		for _, x := range side {
			n += len(x)
			good += float64(Served(x))
		}
		offered += float64(n)
		ok = ok && n > 0
	}
	return good / offered, ok
}
