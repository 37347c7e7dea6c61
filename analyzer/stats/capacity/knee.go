package capacity

import "math"

// Curvature is the shape of a curve for [Knee].
type Curvature int

// The shapes.
const (
	ConcaveIncreasing Curvature = iota
	ConvexIncreasing
)

// Knee is the point of a curve farthest from the chord between its ends, with both
// axes scaled to 0..1 (Kneedle without smoothing). It describes a picture and moves
// with its frame: never a capacity. x ascends; NaN for fewer than three points or a
// flat curve.
//
// Source: Satopaa et al., Finding a "Kneedle" in a Haystack, ICDCSW 2011.
func Knee(x, y []float64, shape Curvature) float64 {
	n := len(x)
	if n < 3 || n != len(y) || x[n-1] == x[0] {
		return math.NaN()
	}
	lo, hi := y[0], y[0]
	for _, v := range y {
		lo, hi = min(lo, v), max(hi, v)
	}
	if hi == lo {
		return math.NaN()
	}
	best, at := math.Inf(-1), math.NaN()
	for i := range x {
		d := (y[i]-lo)/(hi-lo) - (x[i]-x[0])/(x[n-1]-x[0])
		if shape == ConvexIncreasing {
			d = -d
		}
		if d > best {
			best, at = d, x[i]
		}
	}
	return at
}
