package steady

import (
	"math"
	"slices"
)

// PELT returns the indices at which a new segment of another mean begins, exact
// for the cost
//
//	sum over segments of SS/sigma^2 + penalty * changes
//
// with SS the squares about the segment's mean. sigma^2 is the noise variance,
// estimated robustly from first differences, so that the changes themselves do
// not count as noise. Segments are at least minSegment long. A mean cost is used
// on purpose: a mean-and-variance cost over-segments series like ours.
//
// penalty <= 0 takes 3 log n. Nil for a series shorter than two segments or one
// without noise and change.
//
// Source: Killick, Fearnhead & Eckley (2012), pruning with K = 0.
func PELT(x []float64, penalty float64, minSegment int) []int {
	n := len(x)
	minSegment = max(minSegment, 1)
	if n < 2*minSegment {
		return nil
	}
	if penalty <= 0 {
		penalty = 3 * math.Log(float64(n))
	}
	sigma2 := noise(x)
	if sigma2 == 0 {
		return nil // constant
	}
	sum, square := prefix(x)
	cost := func(from, to int) float64 { // [from, to)
		s := sum[to] - sum[from]
		return math.Max(0, square[to]-square[from]-s*s/float64(to-from)) / sigma2
	}
	best := make([]float64, n+1)
	last := make([]int, n+1)
	for i := range best {
		best[i] = math.Inf(1)
	}
	best[0] = -penalty
	candidates := []int{0}
	for to := minSegment; to <= n; to++ {
		if from := to - minSegment; from >= minSegment {
			candidates = append(candidates, from)
		}
		for _, from := range candidates {
			if c := best[from] + cost(from, to) + penalty; c < best[to] {
				best[to], last[to] = c, from
			}
		}
		candidates = slices.DeleteFunc(candidates, func(from int) bool {
			return to-from >= minSegment && best[from]+cost(from, to) > best[to]
		})
	}
	var changes []int
	for at := last[n]; at > 0; at = last[at] {
		changes = append(changes, at)
	}
	slices.Reverse(changes)
	return changes
}

// prefix gives running sums of x, taken about its mean for precision, and of its
// squares.
func prefix(x []float64) (sum, square []float64) {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	sum, square = make([]float64, len(x)+1), make([]float64, len(x)+1)
	for i, v := range x {
		sum[i+1] = sum[i] + v - mean
		square[i+1] = square[i] + (v-mean)*(v-mean)
	}
	return sum, square
}

// noise is the variance of independent noise around a piecewise constant level:
// (1.4826 MAD of the first differences)^2 / 2; their mean square when more than
// half of the differences are zero.
func noise(x []float64) float64 {
	d := make([]float64, len(x)-1)
	var square float64
	for i := range d {
		d[i] = math.Abs(x[i+1] - x[i])
		square += d[i] * d[i] / float64(len(d))
	}
	slices.Sort(d)
	if mad := 1.4826 * d[len(d)/2]; mad > 0 {
		return mad * mad / 2
	}
	return square / 2
}
