package effect

import (
	"math"
	"slices"
)

// Least is the number of arrivals above a percentile, n (1-p), from which on its
// point value is used. An interval within the trial needs more.
const Least = 2

// Need is the least number of arrivals for the point value of the percentile p:
// n (1-p) >= 2. P50 4, P90 20, P95 40, P99 200.
func Need(p float64) int { return int(math.Ceil(Least/(1-p) - 1e-9)) }

// Percentiles are those that a comparison may have, from the highest: P95, P90 and P50, or
// the stated one alone. 0 states none.
func Percentiles(stated float64) []float64 {
	if stated > 0 {
		return []float64{stated}
	}
	return []float64{0.95, 0.90, 0.50}
}

// Lowest is the one of [Percentiles] that needs the fewest arrivals.
func Lowest(stated float64) float64 { return slices.Min(Percentiles(stated)) }

// Highest is the highest of P95, P90 and P50 that every count is enough for. The
// counts are those of all trials and conditions: one percentile holds for all, since
// a percentile that changes with the trial compares different things. False: not
// even P50 has enough.
func Highest(counts ...int) (p float64, ok bool) {
	if len(counts) == 0 {
		return math.NaN(), false
	}
	least := slices.Min(counts)
	for _, p := range Percentiles(0) {
		if least >= Need(p) {
			return p, true
		}
	}
	return math.NaN(), false
}

// Between is the effect of one trial in one journey: ln of the p-percentile of other
// over that of reference. Latencies are in s and in the order of time; unserved ones
// are +Inf.
//
// When the percentile falls among the unserved on one side only, the effect is
// infinite, provided that the difference in unserved arrivals is no chance (Fisher's
// exact test, 5 %). When it does on both sides, or when chance explains the
// difference, the effect is unknown.
func Between(reference, other []float64, p float64) Effect {
	return Stratified(Of(reference), Of(other), []float64{1}, p)
}
