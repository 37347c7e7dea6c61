package workload

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ratio estimates the ratio of two sums from clusters that do not depend on each other, such
// as the days of a history (Cochran, Sampling Techniques, 3rd ed., 1977, section 6.4):
//
//	R = Σy / Σx,   var R = n/(n-1) · Σ(y - R·x)² / (Σx)²
type ratio struct {
	y, x []float64
}

func (r *ratio) add(y, x float64) { r.y, r.x = append(r.y, y), append(r.x, x) }

// value returns the ratio, 0 without a denominator.
func (r *ratio) value() float64 {
	var y, x float64
	for i := range r.x {
		y += r.y[i]
		x += r.x[i]
	}
	if x == 0 {
		return 0
	}
	return y / x
}

// deviation returns the standard error of the ratio, and its degrees of freedom. Both are 0
// with less than two clusters.
func (r *ratio) deviation() (deviation, freedom float64) {
	n, value := float64(len(r.x)), r.value()
	if n < 2 {
		return 0, 0
	}
	var squares, x float64
	for i := range r.x {
		residual := r.y[i] - value*r.x[i]
		squares += residual * residual
		x += r.x[i]
	}
	if x == 0 {
		return 0, 0
	}
	return math.Sqrt(n / (n - 1) * squares / (x * x)), n - 1
}

// estimate returns factor times the ratio with its interval, whose ends are at least 0. It
// needs two clusters.
func (r *ratio) estimate(factor float64) Estimate {
	deviation, freedom := r.deviation()
	return around(factor*r.value(), factor*deviation, max(freedom, 1))
}

// around is an interval by Student's t.
func around(value, deviation, freedom float64) Estimate {
	reach := student(freedom, (1+Confidence)/2) * deviation
	return Estimate{Value: value, Low: max(0, value-reach), High: value + reach}
}

// student is a quantile of Student's t.
func student(freedom, p float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(p)
}

func (c *Curve) add(e Estimate) {
	c.Value, c.Low, c.High = append(c.Value, e.Value), append(c.Low, e.Low), append(c.High, e.High)
}
