package steady

import "math"

// mserBatch is the batch length of MSER-5.
const mserBatch = 5

// Truncation is where a transient ends.
type Truncation struct {
	Cut    int     // observations to leave out at the beginning
	Value  float64 // the statistic at its minimum
	Steady bool    // the minimum lies in the first half
}

// MSER5 finds the truncation that minimises the standard error of the mean of
// what remains. With Z the k means of batches of five,
//
//	d* = argmin over 0 <= d <= k/2 of sum_{i>d} (Z_i - mean_{>d})^2 / (k-d)^2.
//
// A minimum at the bound means that the series was still moving in its first
// half: not steady. Fewer than ten batches give no answer (Steady false, Value
// NaN). An incomplete last batch is left out.
//
// Source: White, Cobb & Spratt, A comparison of five steady-state truncation
// heuristics for simulation, WSC 2000.
func MSER5(x []float64) Truncation {
	k := len(x) / mserBatch
	if k < 10 {
		return Truncation{Value: math.NaN()}
	}
	z := make([]float64, k)
	for i := range z {
		for _, v := range x[i*mserBatch : (i+1)*mserBatch] {
			z[i] += v / mserBatch
		}
	}
	best, at := math.Inf(1), 0
	// Welford from the end: one pass over all truncations.
	var n, mean, ss float64
	stats := make([]float64, k)
	for i := k - 1; i >= 0; i-- {
		n++
		delta := z[i] - mean
		mean += delta / n
		ss += delta * (z[i] - mean)
		stats[i] = ss / (n * n)
	}
	for d := 0; d <= k/2; d++ {
		// Rounding must not move the cut off an exact tie.
		if stats[d] < best-1e-12*math.Abs(best) || math.IsInf(best, 1) {
			best, at = stats[d], d
		}
	}
	return Truncation{Cut: at * mserBatch, Value: best, Steady: at < k/2}
}
