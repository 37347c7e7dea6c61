package quantile

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a percentile with its interval. Lo is -Inf and Hi +Inf where the
// sample gives no bound on that side.
type Estimate struct {
	P, Value, Lo, Hi float64
	N                int
	Level            float64
	Dependence
	Effective float64 // independent observations that the sample is worth, n/V
	Refused   bool    // too few values: Value is NaN
	Need      int     // values that it needs, with Refused
	Censored  bool    // the quantile falls among values that are +Inf; Value is +Inf
}

// Of estimates the p-quantile of x, given in the order of time, with an interval
// at the level that accounts for dependence. Values of +Inf are censored; NaN are
// left out. x is not changed.
func Of(x []float64, p, level float64) Estimate {
	clean := make([]float64, 0, len(x))
	for _, v := range x {
		if !math.IsNaN(v) {
			clean = append(clean, v)
		}
	}
	sorted := slices.Clone(clean)
	slices.Sort(sorted)
	return OfSorted(clean, sorted, p, level)
}

// OfSorted is [Of] for a sample without NaN that is at hand both in the order of
// time and sorted, so that several quantiles cost one sort.
//
// The bracket is that of [Ranks], its distances from n p stretched by
// t(m-1)/z * sqrt(V): exact for independent observations with V = 1, and the
// interval n p +- t sqrt(n p (1-p) V) for large dependent samples.
func OfSorted(ordered, sorted []float64, p, level float64) Estimate {
	n := len(sorted)
	e := Estimate{P: p, N: n, Level: level, Lo: math.Inf(-1), Hi: math.Inf(1), Value: math.NaN()}
	if need := MinSamples(p, level); n < need {
		e.Refused, e.Need = true, need
		return e
	}
	e.Value = Type1(sorted, p)
	e.Dependence = Inflation(ordered, e.Value, p)
	if math.IsInf(e.Value, 1) {
		e.Censored = true
		e.Dependence = Dependence{Inflation: 1}
	}
	e.Effective = float64(n) / e.Inflation
	bracket := stretch(Ranks(n, p, level), n, p, level, e.Dependence)
	if bracket.Lo >= 1 {
		e.Lo = sorted[bracket.Lo-1]
	}
	if bracket.Hi <= n {
		e.Hi = sorted[bracket.Hi-1]
	}
	return e
}

// stretch widens a bracket of independent observations by the dependence.
func stretch(b Bracket, n int, p, level float64, d Dependence) Bracket {
	if d.Inflation <= 1 || d.Batches < 2 {
		return b
	}
	tail := (1 + level) / 2
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(d.Batches - 1)}.Quantile(tail)
	factor := math.Sqrt(d.Inflation) * t / distuv.UnitNormal.Quantile(tail)
	np := float64(n) * p
	lo := int(math.Floor(np - (np-float64(b.Lo))*factor))
	hi := int(math.Ceil(np + (float64(b.Hi)-np)*factor))
	return Bracket{Lo: max(lo, 0), Hi: min(hi, n+1), Achieved: math.NaN()}
}
