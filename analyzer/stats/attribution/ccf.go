package attribution

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// CCF is the cross-correlation at lags -k..k: entry k+lag is the correlation of x_t with
// y_{t+lag}, so that at a positive lag x leads y. Covariances are divided by n. NaN for
// a constant series; nil for unequal lengths, no data or k >= n.
//
// Source: Box & Jenkins, 11.1.
func CCF(x, y []float64, k int) []float64 {
	n := len(x)
	if n == 0 || n != len(y) || k < 0 || k >= n {
		return nil
	}
	mx, my := stat.Mean(x, nil), stat.Mean(y, nil)
	var sx, sy float64
	for i := range x {
		sx += (x[i] - mx) * (x[i] - mx)
		sy += (y[i] - my) * (y[i] - my)
	}
	scale := math.Sqrt(sx * sy)
	out := make([]float64, 2*k+1)
	for lag := -k; lag <= k; lag++ {
		sum := 0.0
		for t := max(0, -lag); t < min(n, n-lag); t++ {
			sum += (x[t] - mx) * (y[t+lag] - my)
		}
		out[k+lag] = sum / scale
		if scale == 0 {
			out[k+lag] = math.NaN()
		}
	}
	return out
}

// Band is the largest correlation, in size, that two unrelated prewhitened series of n
// values show at one of the given number of lags with the given level: the normal
// quantile over sqrt(n), its level shared out among the lags (Bonferroni). One lag at
// 95 % gives the customary 1.96/sqrt(n).
func Band(n, lags int, level float64) float64 {
	if n < 1 || lags < 1 {
		return math.Inf(1)
	}
	return distuv.UnitNormal.Quantile(1-(1-level)/float64(2*lags)) / math.Sqrt(float64(n))
}

// Residuals are what is left of y after a straight line on the load x is taken out: the
// common driver must not pass for a link. A constant load takes out the mean alone.
func Residuals(load, y []float64) []float64 {
	if len(load) != len(y) || len(y) == 0 {
		return nil
	}
	out := make([]float64, len(y))
	alpha, beta := stat.Mean(y, nil), 0.0
	if stat.Variance(load, nil) > 0 {
		alpha, beta = stat.LinearRegression(load, y, nil, false)
	}
	for i := range y {
		out[i] = y[i] - alpha - beta*load[i]
	}
	return out
}
