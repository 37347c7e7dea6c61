package quantile

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// mostBlocks bounds the length of the series whose autocorrelations are summed.
const mostBlocks = 4096

// CorrelationTime is the integrated autocorrelation time of latencies in the order of
// time, in arrivals: how many arrivals are worth one independent arrival. At least 1.
//
// It is 1 + 2 sum rho(k) of the logarithms, summed up to the first lag that is five
// times the sum (Sokal's window). The logarithm keeps single slow arrivals from hiding
// a level that changes. Unserved arrivals count as the slowest served one. Series
// longer than 4,096 are first averaged in blocks; the variance of the block means over
// that of the arrivals is then part of the result.
//
// A quiet stretch of a busy pool looks independent: the estimate is too low when the
// series is short against the true time. Package level allows for that.
//
// Source: Sokal, Monte Carlo Methods in Statistical Mechanics (1997), section 3;
// Goodman & Weare, Comm. App. Math. and Comp. Sci. 5 (2010) 65-80.
func CorrelationTime(ordered []float64) float64 {
	y := logarithms(ordered)
	if len(y) < 4 {
		return 1
	}
	variance := stat.Variance(y, nil)
	if !(variance > 0) {
		return 1
	}
	factor := 1.0
	if size := (len(y) + mostBlocks - 1) / mostBlocks; size > 1 {
		y = blockMeans(y, size)
		factor = float64(size) * stat.Variance(y, nil) / variance
	}
	return max(1, factor*sokal(y))
}

// logarithms of positive latencies; unserved ones count as the slowest served one.
func logarithms(ordered []float64) []float64 {
	slowest := math.Inf(-1)
	y := make([]float64, 0, len(ordered))
	for _, x := range ordered {
		l := math.Log(x)
		if math.IsNaN(l) || math.IsInf(l, -1) {
			continue
		}
		if !math.IsInf(l, 1) {
			slowest = max(slowest, l)
		}
		y = append(y, l)
	}
	for i := range y {
		y[i] = min(y[i], slowest)
	}
	return y
}

func blockMeans(y []float64, size int) []float64 {
	means := make([]float64, len(y)/size)
	for i := range means {
		means[i] = stat.Mean(y[i*size:(i+1)*size], nil)
	}
	return means
}

// sokal is 1 + 2 sum of the autocorrelations up to the first lag of at least five times
// the sum so far.
func sokal(y []float64) float64 {
	const window = 5
	mean, n := stat.Mean(y, nil), len(y)
	d := make([]float64, n)
	c0 := 0.0
	for i, v := range y {
		d[i] = v - mean
		c0 += d[i] * d[i]
	}
	if !(c0 > 0) {
		return 1
	}
	time := 1.0
	for lag := 1; lag < n/2; lag++ {
		sum := 0.0
		for i := lag; i < n; i++ {
			sum += d[i] * d[i-lag]
		}
		time += 2 * sum / c0
		if float64(lag) >= window*time {
			break
		}
	}
	return time
}
