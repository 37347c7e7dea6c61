package quantile

import "math"

// Type1 is the inverse of the empirical distribution function: the smallest
// value with at least the share p of the sample at or below it,
//
//	x(ceil(n p)), the first for p = 0.
//
// It is an observed value, in the unit of the sample, and keeps its rank under
// any monotone transform. sorted must ascend; 0 <= p <= 1. NaN for an empty sample
// or any other p.
//
// Source: Hyndman & Fan (1996), definition 1; gonum's stat.Empirical is the same
// but scans the sample.
func Type1(sorted []float64, p float64) float64 {
	if len(sorted) == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	return sorted[rank(len(sorted), p)-1]
}

// rank is ceil(n p) within 1..n. A product such as 20*0.95, which is 19 but for
// the last bit of a float, is taken as 19.
func rank(n int, p float64) int {
	np := float64(n) * p
	return min(max(int(math.Ceil(np-1e-9*max(np, 1))), 1), n)
}
