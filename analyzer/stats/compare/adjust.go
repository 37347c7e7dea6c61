package compare

import (
	"math"
	"slices"
	"sort"
)

// Holm adjusts p-values so that the chance of any false rejection among them stays
// below the level at which they are compared: p(i) times (n-i+1), made ascending, at
// most 1. For what was declared primary beforehand. NaN stay NaN and do not count.
//
// Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.
func Holm(p []float64) []float64 {
	return adjust(p, func(order []int, out []float64) {
		n, largest := len(order), 0.0
		for i, at := range order {
			largest = max(largest, min(1, p[at]*float64(n-i)))
			out[at] = largest
		}
	})
}

// BenjaminiHochberg adjusts p-values so that the expected share of false ones among
// the rejected stays below the level: p(i) n/i, made descending from the end. For
// what is explored. NaN stay NaN and do not count.
//
// Source: Benjamini & Hochberg, JRSS B 57 (1995) 289-300.
func BenjaminiHochberg(p []float64) []float64 {
	return adjust(p, func(order []int, out []float64) {
		n, least := len(order), 1.0
		for i := n - 1; i >= 0; i-- {
			at := order[i]
			least = min(least, p[at]*float64(n)/float64(i+1))
			out[at] = least
		}
	})
}

func adjust(p []float64, fill func(order []int, out []float64)) []float64 {
	out := slices.Clone(p)
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]] < p[order[j]] })
	fill(order, out)
	return out
}

// HolmLevels is Holm's procedure with weights, as an error probability for each p-value:
// those at or below theirs are rejected, and the chance of any false rejection is at most
// alpha. An interval at 1 - that probability agrees with the decision.
//
// The p-value that is smallest against its weight is tested at alpha times its share of
// the weights. When it is rejected, its share passes to the others. Weights are fixed
// before the data are seen. NaN do not count and get NaN.
//
// Source: Holm (1979), section 4.
func HolmLevels(p, weights []float64, alpha float64) []float64 {
	out := make([]float64, len(p))
	var order []int
	left := 0.0
	for i, v := range p {
		out[i] = math.NaN()
		if !math.IsNaN(v) && weights[i] > 0 {
			order = append(order, i)
			left += weights[i]
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]]/weights[order[i]] < p[order[j]]/weights[order[j]] })
	rejecting := true
	for _, at := range order {
		out[at] = min(alpha, alpha*weights[at]/left)
		if rejecting = rejecting && p[at] <= out[at]; rejecting {
			left -= weights[at]
		}
	}
	return out
}
