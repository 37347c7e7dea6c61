package compare

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A12 is the chance that a value of b exceeds one of a, ties half: Vargha and
// Delaney's measure. 0.5 is no effect. NaN for an empty sample.
//
// Source: Vargha & Delaney, J. Educational and Behavioral Statistics 25 (2000).
func A12(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN()
	}
	return MannWhitney(b, a).Statistic / float64(len(a)*len(b))
}

// Cliff is Cliff's delta, 2 A12 - 1, in [-1, 1].
func Cliff(a, b []float64) float64 { return 2*A12(a, b) - 1 }

// EffectWords returns the size of an A12 in words, by the customary thresholds 0.56, 0.64
// and 0.71 on either side.
func EffectWords(a12 float64) string {
	switch d := math.Abs(a12-0.5) + 0.5; {
	case math.IsNaN(d):
		return "unknown"
	case d < 0.56:
		return "negligible"
	case d < 0.64:
		return "small"
	case d < 0.71:
		return "medium"
	}
	return "large"
}

// Detectable is the smallest ratio that pairs of runs like these would have shown
// with the given power, from the standard deviation s of their log-ratios:
//
//	exp( (t(n-1, 1-alpha/2) + t(n-1, power)) s / sqrt(n) ).
//
// NaN for fewer than two pairs.
//
// Source: the usual normal approximation with t in place of z, e.g. Julious, Sample
// Sizes for Clinical Trials, 5.2.
func Detectable(logRatios []float64, level, power float64) float64 {
	n := float64(len(logRatios))
	if n < 2 {
		return math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	return math.Exp((t.Quantile((1+level)/2) + t.Quantile(power)) * stat.StdDev(logRatios, nil) / math.Sqrt(n))
}
