package quantile

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Dependence describes the effect of the order of a sample: how many independent
// observations it is worth.
type Dependence struct {
	Inflation float64 // V >= 1: variance of the indicator's mean over that of independent ones
	Batches   int     // m; the estimate of V has m-1 degrees of freedom
	Short     bool    // fewer than 20 batches, or batches shorter than the correlation: V is a guess
}

// wantBatches is the number of batches below which an inflation is not trusted.
const wantBatches = 20

// Inflation estimates by batch means how much wider than for independent
// observations the interval of the p-quantile q has to be. With I_t = 1 if
// x_t <= q,
//
//	V = max(1, b Var(batch means of I) / (p (1-p)))
//
// over m batches of length b = n/m, m = sqrt(n)/2 and at least 10, so that b is
// about 2 sqrt(n). x is in the order of time. Below 20 values V is 1.
//
// Sources: Heidelberger & Lewis (1984); Asmussen & Glynn, Stochastic Simulation,
// III.4. Limits: the series is stationary, and batches are longer than the
// correlation. [Dependence] shows when they are too few.
func Inflation(x []float64, q, p float64) Dependence {
	n := len(x)
	if n < 20 || !(p > 0 && p < 1) || math.IsNaN(q) {
		return Dependence{Inflation: 1, Batches: 0, Short: true}
	}
	m := max(10, int(math.Sqrt(float64(n))/2))
	means := indicatorMeans(x, q, m)
	b := float64(n / m)
	v := b * stat.Variance(means, nil) / (p * (1 - p))
	d := Dependence{Inflation: max(1, v), Batches: m, Short: m < wantBatches}
	// Batches that still follow each other are shorter than the correlation.
	if d.Inflation > 1 && lag1(means) > 2/math.Sqrt(float64(m)) {
		d.Short = true
	}
	return d
}

// indicatorMeans cuts x into m batches of equal length, leaving out what is left
// over at the beginning, and returns the share at or below q in each.
func indicatorMeans(x []float64, q float64, m int) []float64 {
	b := len(x) / m
	x = x[len(x)-b*m:]
	means := make([]float64, m)
	for i := range means {
		below := 0
		for _, v := range x[i*b : (i+1)*b] {
			if v <= q {
				below++
			}
		}
		means[i] = float64(below) / float64(b)
	}
	return means
}

// lag1 is the autocorrelation at lag 1, 0 for a constant series.
func lag1(x []float64) float64 {
	mean := stat.Mean(x, nil)
	var num, den float64
	for i, v := range x {
		den += (v - mean) * (v - mean)
		if i > 0 {
			num += (v - mean) * (x[i-1] - mean)
		}
	}
	if den == 0 {
		return 0
	}
	return num / den
}
