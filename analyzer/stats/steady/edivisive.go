package steady

import "math"

// EDivisive finds the one split of a series that sets its two sides farthest apart in
// distribution, with at least minSize values a side:
//
//	Q(t) = t (n-t)/n (2 mean|X-Y| - mean|X-X'| - mean|Y-Y'|),
//
// means over pairs of different values, X before and Y after t. It sees changes of
// spread as well as of level. At is the first index after the split; Q is 0 and At 0 for
// a series too short. Quadratic in n: for histories of runs, not for samples.
//
// Source: Matteson & James, JASA 109 (2014) 334-345, with alpha = 1.
func EDivisive(x []float64, minSize int) (at int, q float64) {
	n := len(x)
	minSize = max(minSize, 2)
	if n < 2*minSize {
		return 0, 0
	}
	// Sums of distances within the left, within the right and across, moved along.
	var left, right, across float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			right += math.Abs(x[i] - x[j])
		}
	}
	for t := range n - minSize + 1 {
		if t >= minSize {
			l, r := float64(t), float64(n-t)
			v := l * r / float64(n) * (2*across/(l*r) - left/(l*(l-1)/2) - right/(r*(r-1)/2))
			if v > q {
				at, q = t, v
			}
		}
		for j := range n { // value t moves to the left
			switch d := math.Abs(x[t] - x[j]); {
			case j < t:
				left += d
				across -= d
			case j > t:
				right -= d
				across += d
			}
		}
	}
	return at, q
}
