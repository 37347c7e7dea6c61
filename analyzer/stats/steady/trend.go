package steady

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Drift is a monotone trend of a series.
type Drift struct {
	P      float64 // two-sided, of no trend
	Growth float64 // level at the end over level at the beginning
}

// Trend tests a series of positive values for a monotone drift and sizes it:
// Mann-Kendall's S with its tie-corrected normal approximation, and Sen's slope of
// the logarithms, so that Growth = exp(slope (n-1)) is a ratio and has no unit.
//
// Autocorrelation makes P too small: act on Growth as well. Values <= 0 and NaN are
// left out; fewer than 8 give P 1 and Growth NaN.
//
// Sources: Mann (1945); Kendall, Rank Correlation Methods; Sen (1968).
func Trend(x []float64) Drift {
	type point struct{ t, y float64 }
	var points []point
	for i, v := range x {
		if v > 0 && !math.IsInf(v, 1) {
			points = append(points, point{float64(i), math.Log(v)})
		}
	}
	n := len(points)
	if n < 8 {
		return Drift{P: 1, Growth: math.NaN()}
	}
	s := 0.0
	slopes := make([]float64, 0, n*(n-1)/2)
	for i, a := range points {
		for _, b := range points[i+1:] {
			switch {
			case b.y > a.y:
				s++
			case b.y < a.y:
				s--
			}
			slopes = append(slopes, (b.y-a.y)/(b.t-a.t))
		}
	}
	slices.Sort(slopes)
	m := len(slopes)
	slope := (slopes[m/2] + slopes[(m-1)/2]) / 2
	ys := make([]float64, n)
	for i, p := range points {
		ys[i] = p.y
	}
	growth := math.Exp(slope * (points[n-1].t - points[0].t))
	return Drift{P: kendallP(s, ys), Growth: growth}
}

// kendallP is the two-sided p of Mann-Kendall's S with continuity correction.
func kendallP(s float64, y []float64) float64 {
	n := float64(len(y))
	variance := n * (n - 1) * (2*n + 5)
	slices.Sort(y)
	for i := 0; i < len(y); {
		j := i
		for j < len(y) && y[j] == y[i] {
			j++
		}
		t := float64(j - i)
		variance -= t * (t - 1) * (2*t + 5)
		i = j
	}
	variance /= 18
	if variance <= 0 {
		return 1
	}
	z := max(0, math.Abs(s)-1) / math.Sqrt(variance)
	return min(1, 2*distuv.UnitNormal.Survival(z))
}
