package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Test is a statistic with its p-values.
type Test struct {
	Statistic float64
	Greater   float64 // p of "not greater"
	Less      float64 // p of "not less"
	Two       float64
	Exact     bool
}

// exactPairs is the largest number of pairs for which the exact distribution of
// the signed ranks is counted; beyond, its normal approximation is good to three
// digits.
const exactPairs = 50

// SignedRank is Wilcoxon's signed-rank test that the differences d are symmetric
// about zero. V is the sum of the ranks of the positive ones; zeros are left out;
// ties get mid-ranks.
//
// Exact by counting the 2^n sign assignments when n <= 50: with ties over doubled
// mid-ranks, which is the permutation distribution and not the usual correction.
// p of an empty sample is 1.
//
// Source: Hollander & Wolfe, Nonparametric Statistical Methods, 3.1.
func SignedRank(d []float64) Test {
	var nonzero, absolute []float64
	for _, v := range d {
		if v != 0 && !math.IsNaN(v) {
			nonzero = append(nonzero, v)
			absolute = append(absolute, math.Abs(v))
		}
	}
	n := len(nonzero)
	if n == 0 {
		return Test{Greater: 1, Less: 1, Two: 1, Exact: true}
	}
	ranks := MidRanks(absolute)
	v := 0.0
	for i, r := range ranks {
		if nonzero[i] > 0 {
			v += r
		}
	}
	t := Test{Statistic: v}
	if n <= exactPairs {
		t.Exact = true
		t.Greater, t.Less = signedRankTails(ranks, v)
	} else {
		t.Greater, t.Less = signedRankNormal(ranks, v)
	}
	t.Two = min(1, 2*min(t.Greater, t.Less))
	return t
}

// signedRankTails counts sign assignments: P(V >= v) and P(V <= v).
func signedRankTails(ranks []float64, v float64) (greater, less float64) {
	total := 0
	doubled := make([]int, len(ranks))
	for i, r := range ranks {
		doubled[i] = int(math.Round(2 * r))
		total += doubled[i]
	}
	ways := make([]float64, total+1)
	ways[0] = 1
	for _, r := range doubled {
		for s := total; s >= r; s-- {
			ways[s] += ways[s-r]
		}
	}
	all := math.Pow(2, float64(len(ranks)))
	at := int(math.Round(2 * v))
	for s, w := range ways {
		if s >= at {
			greater += w / all
		}
		if s <= at {
			less += w / all
		}
	}
	return min(greater, 1), min(less, 1)
}

func signedRankNormal(ranks []float64, v float64) (greater, less float64) {
	mean, variance := 0.0, 0.0
	for _, r := range ranks {
		mean += r / 2
		variance += r * r / 4
	}
	sd := math.Sqrt(variance)
	return distuv.UnitNormal.Survival((v - 0.5 - mean) / sd), distuv.UnitNormal.CDF((v + 0.5 - mean) / sd)
}

// Interval is a shift with an interval.
type Interval struct {
	Value, Lo, Hi float64
	Achieved      float64 // the level it really has
}

// SignedRankShift is the Hodges-Lehmann estimate of the centre of the differences
// d, the median of their n(n+1)/2 Walsh averages (d_i+d_j)/2, with the interval
// that inverts the signed-rank test: the Walsh averages of rank c and of rank c
// from the top, c the largest with 2 P(V < c) <= 1-level. When no c >= 1 does it,
// the bounds are infinite. NaN are left out.
//
// Source: Hollander & Wolfe, 3.2 and 3.3.
func SignedRankShift(d []float64, level float64) Interval {
	d = numbers(d)
	n := len(d)
	if n == 0 {
		return Interval{Value: math.NaN(), Lo: math.Inf(-1), Hi: math.Inf(1), Achieved: 1}
	}
	walsh := make([]float64, 0, n*(n+1)/2)
	for i, a := range d {
		for _, b := range d[i:] {
			walsh = append(walsh, (a+b)/2)
		}
	}
	slices.Sort(walsh)
	out := Interval{Value: median(walsh), Lo: math.Inf(-1), Hi: math.Inf(1), Achieved: 1}
	lower := signedRankLower(n)
	c := 0
	for c < len(walsh)/2 && 2*lower(c) <= 1-level {
		c++
	}
	// lower(c-1) = P(V <= c-1) = P(V < c): the loop ends one past the last that fits.
	if c >= 1 {
		out.Lo, out.Hi = walsh[c-1], walsh[len(walsh)-c]
		out.Achieved = 1 - 2*lower(c-1)
	}
	return out
}

// signedRankLower returns P(V <= v) of n untied differences.
func signedRankLower(n int) func(v int) float64 {
	ranks := make([]float64, n)
	for i := range ranks {
		ranks[i] = float64(i + 1)
	}
	if n > exactPairs {
		return func(v int) float64 {
			_, less := signedRankNormal(ranks, float64(v))
			return less
		}
	}
	total := n * (n + 1) / 2
	ways := make([]float64, total+1)
	ways[0] = 1
	for r := 1; r <= n; r++ {
		for s := total; s >= r; s-- {
			ways[s] += ways[s-r]
		}
	}
	all := math.Pow(2, float64(n))
	cumulative := 0.0
	for s := range ways {
		cumulative += ways[s] / all
		ways[s] = cumulative
	}
	return func(v int) float64 {
		switch {
		case v < 0:
			return 0
		case v >= total:
			return 1
		}
		return ways[v]
	}
}
