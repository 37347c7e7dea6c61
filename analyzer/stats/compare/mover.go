package compare

import "math"

// Bounded is a positive estimate with its interval.
type Bounded struct{ Value, Lo, Hi float64 }

// Mover is the ratio B/A of two independent estimates from their own intervals,
// on the logarithms: with l = ln, the distances of the bounds combine as roots of
// sums of squares,
//
//	ln lo = l(B/A) - sqrt((l B - l B.lo)^2 + (l A.hi - l A)^2)
//	ln hi = l(B/A) + sqrt((l B.hi - l B)^2 + (l A - l A.lo)^2).
//
// Intervals may be skewed, as those of percentiles are. A bound that is missing
// (0, +Inf) is missing in the result. It knows only what the two intervals know:
// from within one run, nothing of the variation between runs.
//
// Source: Zou & Donner, Statistics in Medicine 27 (2008) 1693-1702 (method of
// variance estimates recovery).
func Mover(a, b Bounded) Bounded {
	out := Bounded{Value: math.NaN(), Lo: 0, Hi: math.Inf(1)}
	if !(a.Value > 0 && b.Value > 0) || math.IsInf(a.Value, 1) || math.IsInf(b.Value, 1) {
		return out
	}
	out.Value = b.Value / a.Value
	if b.Lo > 0 && !math.IsInf(a.Hi, 1) {
		out.Lo = out.Value * math.Exp(-math.Hypot(math.Log(b.Value/b.Lo), math.Log(a.Hi/a.Value)))
	}
	if a.Lo > 0 && !math.IsInf(b.Hi, 1) {
		out.Hi = out.Value * math.Exp(math.Hypot(math.Log(b.Hi/b.Value), math.Log(a.Value/a.Lo)))
	}
	return out
}
