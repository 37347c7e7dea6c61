package quantile

import "math"

// Kind is one of the continuous sample quantiles of Hyndman & Fan.
type Kind int

// The interpolating kinds that tools in this field print. k6 prints [Type7],
// benchstat [Type8], spreadsheets and NIST [Type6], gonum's LinInterp is [Type4].
const (
	Type4 Kind = 4
	Type6 Kind = 6
	Type7 Kind = 7
	Type8 Kind = 8
)

// Interpolated is the sample quantile of the given kind: linear between the
// order statistics around the position
//
//	type 4: n p    6: (n+1) p    7: (n-1) p + 1    8: (n+1/3) p + 1/3
//
// clamped to the sample. Comparisons use type 8, the percentile of a window is [Type1].
// The others serve to reconcile our figures with those of other tools. sorted must ascend; NaN for an empty sample, p
// outside [0, 1] or another kind. Between a finite value and +Inf it is +Inf.
//
// Source: Hyndman & Fan (1996), definitions 4 and 6 to 8.
func Interpolated(sorted []float64, p float64, kind Kind) float64 {
	n := float64(len(sorted))
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	var h float64
	switch kind {
	case Type4:
		h = n * p
	case Type6:
		h = (n + 1) * p
	case Type7:
		h = (n-1)*p + 1
	case Type8:
		h = (n+1.0/3)*p + 1.0/3
	default:
		return math.NaN()
	}
	h = min(max(h, 1), n)
	below := int(math.Floor(h))
	share := h - float64(below)
	if share < 1e-12*n || below == len(sorted) {
		return sorted[below-1]
	}
	lo, hi := sorted[below-1], sorted[below]
	if lo == hi {
		return lo // also both infinite
	}
	return lo + share*(hi-lo)
}
