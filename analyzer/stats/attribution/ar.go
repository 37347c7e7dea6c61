package attribution

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// AR is an autoregressive model x_t - mean = sum phi_i (x_{t-i} - mean) + e_t.
type AR struct {
	Mean   float64
	Phi    []float64
	Sigma2 float64 // variance of e
}

// autocovariance at lags 0..k, divided by n.
func autocovariance(x []float64, k int) []float64 {
	mean := stat.Mean(x, nil)
	r := make([]float64, k+1)
	for lag := range r {
		for i := lag; i < len(x); i++ {
			r[lag] += (x[i] - mean) * (x[i-lag] - mean) / float64(len(x))
		}
	}
	return r
}

// FitAR fits an AR model of a given order by Yule-Walker, solved by the Levinson-Durbin
// recursion. Sigma2 is the recursion's times n/(n-order-1), as in R's ar.yw. A constant
// series gives no coefficients. Order is at most len(x)-2.
//
// Source: Box & Jenkins, 6.3 and appendix A3.2.
func FitAR(x []float64, order int) AR {
	order = min(order, len(x)-2)
	if order < 0 {
		return AR{Mean: math.NaN()}
	}
	r := autocovariance(x, order)
	a := AR{Mean: stat.Mean(x, nil), Sigma2: r[0]}
	if r[0] == 0 {
		return a
	}
	phi := make([]float64, 0, order)
	v := r[0]
	for k := 1; k <= order; k++ {
		reflection := r[k]
		for i, p := range phi {
			reflection -= p * r[k-1-i]
		}
		reflection /= v
		next := make([]float64, k)
		next[k-1] = reflection
		for i, p := range phi {
			next[i] = p - reflection*phi[k-2-i]
		}
		phi = next
		v *= 1 - reflection*reflection
	}
	n := float64(len(x))
	a.Phi, a.Sigma2 = phi, v*n/(n-float64(order)-1)
	return a
}

// BestAR fits orders up to the largest and keeps the one with the least AIC,
// n ln(v) + 2 order.
func BestAR(x []float64, largest int) AR {
	best, bestAIC := FitAR(x, 0), math.Inf(1)
	n := float64(len(x))
	for order := 0; order <= min(largest, len(x)-2); order++ {
		a := FitAR(x, order)
		v := a.Sigma2 * (n - float64(order) - 1) / n
		if v <= 0 {
			continue
		}
		if aic := n*math.Log(v) + 2*float64(order); aic < bestAIC {
			best, bestAIC = a, aic
		}
	}
	return best
}

// Filter takes out the model's memory: e_t from the order-th value on. It serves for any
// series; of another one the mean does not matter to a correlation.
func (a AR) Filter(x []float64) []float64 {
	p := len(a.Phi)
	out := make([]float64, 0, max(len(x)-p, 0))
	for t := p; t < len(x); t++ {
		e := x[t] - a.Mean
		for i, phi := range a.Phi {
			e -= phi * (x[t-1-i] - a.Mean)
		}
		out = append(out, e)
	}
	return out
}

// Prewhiten filters the driver x and the outcome y by the model of x.
func Prewhiten(x, y []float64, order int) (fx, fy []float64, model AR) {
	model = FitAR(x, order)
	return model.Filter(x), model.Filter(y), model
}

// Difference is x_t - x_{t-1}.
func Difference(x []float64) []float64 {
	if len(x) < 2 {
		return nil
	}
	out := make([]float64, len(x)-1)
	for i := range out {
		out[i] = x[i+1] - x[i]
	}
	return out
}
