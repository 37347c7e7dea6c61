package power

import "math"

// Trial is what a trial is expected to hold.
type Trial struct {
	Arrivals  float64 // expected in each of the two conditions, of the journeys compared
	P         float64 // percentile, e.g. 0.95
	Inflation float64 // of the variance by dependence; below 1: 1
	Windows   float64 // standard deviation of the logarithm from window to window, e.g. 0.15
	Blocks    int     // windows a condition; below 1: 1
}

// Variance is that of the log-ratio of the two conditions' percentiles within one trial,
//
//	2 V p / ((1-p) n ln(1-p)^2) + 2 windows^2 / blocks.
//
// The first part is exact to first order for latencies with an exponential tail; those
// of a lognormal with sigma 0.55 have two thirds of it.
func (t Trial) Variance() float64 {
	q := math.Log(1 - t.P)
	chance := max(1, t.Inflation) * t.P / ((1 - t.P) * t.Arrivals * q * q)
	return 2*chance + 2*t.Windows*t.Windows/float64(max(1, t.Blocks))
}
