package quantile

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the default confidence level of intervals.
const Level = 0.95

// Bracket is a pair of ranks, from 1, whose order statistics enclose a quantile.
type Bracket struct {
	Lo, Hi   int     // 0 and n+1: no bound on that side
	Achieved float64 // coverage that the ranks really have; at least the level
}

// Ranks finds the order statistics that enclose the p-quantile of n independent
// observations with at least the given level, equal tails: with B ~ Bin(n, p),
// the largest Lo with P(B <= Lo-1) <= alpha/2 and the smallest Hi with
// P(B >= Hi) <= alpha/2. No assumption on the distribution is made. A side that
// the sample is too small for has no bound (Lo = 0, Hi = n+1).
//
// Source: David & Nagaraja, Order Statistics, 3rd ed., section 7.1.
func Ranks(n int, p, level float64) Bracket {
	if n <= 0 || !(p > 0 && p < 1) || !(level > 0 && level < 1) {
		return Bracket{Lo: 0, Hi: max(n, 0) + 1, Achieved: 1}
	}
	b := distuv.Binomial{N: float64(n), P: p}
	tail := (1 - level) / 2
	// P(B <= k) for k in -1..n; the binomial of gonum is exact at whole k.
	cdf := func(k int) float64 {
		switch {
		case k < 0:
			return 0
		case k >= n:
			return 1
		}
		return b.CDF(float64(k))
	}
	// The first rank whose lower tail is too heavy, less one.
	lo := sort.Search(n, func(i int) bool { return cdf(i) > tail })
	hi := 1 + sort.Search(n, func(i int) bool { return 1-cdf(i) <= tail })
	return Bracket{Lo: lo, Hi: hi, Achieved: cdf(hi-1) - cdf(lo-1)}
}

// MinSamples is the least number of independent observations for which a
// two-sided interval of the p-quantile has both bounds: the least n with
// max(p, 1-p)^n <= (1-level)/2. Below it the percentile is refused.
//
// At 95 %: P50 6, P90 36, P95 72, P99 368, P99.9 3688.
func MinSamples(p, level float64) int {
	if !(p > 0 && p < 1) || !(level > 0 && level < 1) {
		return math.MaxInt
	}
	return int(math.Ceil(math.Log((1-level)/2)/math.Log(max(p, 1-p)) - 1e-9))
}
