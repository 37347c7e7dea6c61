package readiness

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/moderated"
)

// OverTrials is the capacity that a typical trial finds, and the standard deviation of the
// logarithm between trials, from the capacity of each trial. The day of the peak varies as
// trials do. The variance is pooled with the prior of analyzer/stats/moderated, so that it is
// known from one trial on.
//
// The trials together would be a lower figure: their share of late arrivals is mostly that of
// the slowest.
func OverTrials(capacities []float64) (typical Estimate, varies float64) {
	logs := make([]float64, len(capacities))
	for i, c := range capacities {
		logs[i] = math.Log(c)
	}
	prior, n := moderated.Default(), float64(len(logs))
	sum := prior.DF * prior.Tau * prior.Tau
	if n > 1 {
		sum += (n - 1) * stat.Variance(logs, nil)
	}
	varies = math.Sqrt(sum / (prior.DF + n - 1))
	return Estimate{Value: math.Exp(stat.Mean(logs, nil)), Spread: varies / math.Sqrt(n)}, varies
}
