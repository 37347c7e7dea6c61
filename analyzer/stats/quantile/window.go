package quantile

import (
	"fmt"
	"math"
)

// trusted is the number of independent stretches, n over the correlation time, from
// which on an interval from within one window is printed.
const trusted = 250

// enough is the number of arrivals from which on the correlation time of a window can
// be believed. The median follows the level of a queue more closely than the tail does
// and needs more.
func enough(p float64) int {
	if p >= 0.9 {
		return 1000
	}
	return 3000
}

// excess is how much more of the variance of a percentile than of the logarithm's mean
// dependence makes, measured in M/M/8: V = 1 + excess (T - 1), T the correlation time.
const excess = 2

// Window is the estimate of a percentile with an interval that may be printed: one from
// within a single window, for the window's own stationary percentile. Where such an
// interval does not cover, Lo and Hi are infinite and Why has the reason:
//   - fewer than 1,000 arrivals (below P90: 3,000), whose dependence cannot be judged,
//   - fewer than 250 arrivals a correlation time.
//
// The bracket is that of [Ranks], stretched by sqrt(V), V = 1 + 2 (T-1) with T from
// [CorrelationTime]. Coverage is tabled in docs/methods.md:
// in M/M/8 up to rho 0.9 either at least 93 % of the printed intervals cover, or at most
// a few percent of windows have one at all.
//
// It knows nothing of how much runs vary; package level does. ordered is in the order of
// time, sorted the same ascending, both without NaN.
func Window(ordered, sorted []float64, p, level float64) (e Estimate, why string) {
	n := len(sorted)
	e = Estimate{P: p, N: n, Level: level, Lo: math.Inf(-1), Hi: math.Inf(1), Value: math.NaN(),
		Dependence: Dependence{Inflation: 1}}
	if n == 0 || !(p > 0 && p < 1) {
		e.Refused, e.Need = true, 1
		return e, "no arrivals"
	}
	e.Value = Type1(sorted, p)
	e.Censored = math.IsInf(e.Value, 1)
	e.Effective = float64(n)
	if least := max(enough(p), MinSamples(p, level)); n < least {
		return e, fmt.Sprintf("%d arrivals in one window do not show how much they depend on each other; %d do", n, least)
	}
	time := CorrelationTime(ordered)
	e.Inflation = 1 + excess*(time-1)
	e.Effective = float64(n) / e.Inflation
	if float64(n) < trusted*time || e.Effective < float64(MinSamples(p, level)) {
		return e, fmt.Sprintf("%d arrivals depend on each other so strongly that they are worth about %.0f independent ones",
			n, e.Effective)
	}
	b := Ranks(n, p, level)
	np, factor := float64(n)*p, math.Sqrt(e.Inflation)
	if lo := int(math.Floor(np - (np-float64(b.Lo))*factor)); lo >= 1 {
		e.Lo = sorted[lo-1]
	}
	if hi := int(math.Ceil(np + (float64(b.Hi)-np)*factor)); hi <= n {
		e.Hi = sorted[hi-1]
	}
	return e, ""
}
