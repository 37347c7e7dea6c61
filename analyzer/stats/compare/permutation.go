package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
)

// mostLabels bounds the relabelings that are counted one by one.
const mostLabels = 2_000_000

// Permutation is the exact two-sided p of the difference of means over all ways to
// label the runs of both sides. False when there are more than two million, when a
// side is empty, or when a value is not finite: such sums cannot be ordered.
//
// Source: Fisher (1935); the smallest p is 2/C(n+m, n): 0.029 for four a side.
func Permutation(x, y []float64) (p float64, ok bool) {
	n, m := len(x), len(y)
	if n == 0 || m == 0 || !allFinite(x) || !allFinite(y) {
		return math.NaN(), false
	}
	if n+m > 40 || combin.GeneralizedBinomial(float64(n+m), float64(n)) > mostLabels {
		return math.NaN(), false
	}
	all := append(append([]float64{}, x...), y...)
	total := 0.0
	for _, v := range all {
		total += v
	}
	// The difference of means is monotone in the sum of one side, so distances from
	// its expectation order it.
	distance := func(sum float64) float64 { return math.Abs(sum - total*float64(n)/float64(n+m)) }
	observed := 0.0
	for _, v := range x {
		observed += v
	}
	limit := distance(observed) - 1e-9*math.Max(1, math.Abs(total))
	hits, count := 0, 0
	labels := combin.NewCombinationGenerator(n+m, n)
	pick := make([]int, n)
	for labels.Next() {
		labels.Combination(pick)
		sum := 0.0
		for _, i := range pick {
			sum += all[i]
		}
		if distance(sum) >= limit {
			hits++
		}
		count++
	}
	return float64(hits) / float64(count), true
}

// SignFlip is the exact two-sided p of the mean of paired differences over all
// signs. False beyond 20 pairs, without any, or when a difference is not finite.
func SignFlip(d []float64) (p float64, ok bool) {
	n := len(d)
	if n == 0 || n > 20 || !allFinite(d) {
		return math.NaN(), false
	}
	observed, scale := 0.0, 0.0
	for _, v := range d {
		observed += v
		scale += math.Abs(v)
	}
	hits := 0
	for signs := range 1 << n {
		sum := 0.0
		for i, v := range d {
			if signs>>i&1 == 1 {
				v = -v
			}
			sum += v
		}
		if math.Abs(sum) >= math.Abs(observed)-1e-12*scale {
			hits++
		}
	}
	return float64(hits) / float64(int(1)<<n), true
}

func allFinite(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
