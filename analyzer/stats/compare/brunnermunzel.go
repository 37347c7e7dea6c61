package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Relative is the relative effect p = P(X < Y) + P(X = Y)/2 with a test of p = 1/2
// that lets the spreads differ.
type Relative struct {
	Value, Lo, Hi float64
	Statistic, DF float64
	P             float64 // two-sided
}

// BrunnerMunzel compares two samples of runs whose spread may differ, where
// Mann-Whitney would call a difference of spread one of location. t with
// Satterthwaite's degrees of freedom; below ten a side it is approximate, and a
// permutation is better. NaN for samples of fewer than two, or without overlap and
// without variance (P then 0 or 1 by the order). NaN are left out.
//
// Source: Brunner & Munzel, Biometrical Journal 42 (2000) 17-25.
func BrunnerMunzel(x, y []float64, level float64) Relative {
	x, y = numbers(x), numbers(y)
	n, m := float64(len(x)), float64(len(y))
	if n < 2 || m < 2 {
		return Relative{Value: math.NaN(), Lo: 0, Hi: 1, Statistic: math.NaN(), DF: math.NaN(), P: math.NaN()}
	}
	all := MidRanks(slices.Concat(x, y))
	rx, ry := all[:len(x)], all[len(x):]
	vx, mx := placementVariance(rx, MidRanks(x))
	vy, my := placementVariance(ry, MidRanks(y))
	r := Relative{Value: (my-mx)/(n+m) + 0.5}
	a, b := n*vx, m*vy
	if a+b == 0 {
		r.Lo, r.Hi, r.DF = r.Value, r.Value, math.NaN()
		r.Statistic = math.Copysign(math.Inf(1), my-mx)
		if my == mx {
			r.Statistic, r.P = 0, 1
		}
		return r
	}
	r.Statistic = n * m * (my - mx) / ((n + m) * math.Sqrt(a+b))
	r.DF = (a + b) * (a + b) / (a*a/(n-1) + b*b/(m-1))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: r.DF}
	r.P = 2 * t.Survival(math.Abs(r.Statistic))
	half := t.Quantile((1+level)/2) * math.Sqrt(vx/(n*m*m)+vy/(m*n*n))
	r.Lo, r.Hi = r.Value-half, r.Value+half
	return r
}

// placementVariance is the variance of overall ranks less own ranks, and the mean of
// the overall ranks.
func placementVariance(overall, own []float64) (variance, mean float64) {
	d := make([]float64, len(own))
	for i := range d {
		d[i] = overall[i] - own[i]
	}
	return stat.Variance(d, nil), stat.Mean(overall, nil)
}
