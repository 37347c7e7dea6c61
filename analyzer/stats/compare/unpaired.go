package compare

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// runsForRanks is the least number of runs a side with which the rank test reaches
// p < 0.05: 2/C(8,4).
const runsForRanks = 4

// Unpaired is the ratio of B to A over runs that form no pairs, e.g. of two different
// experiments, from the logarithms:
//
//	n, m >= 3: difference of the means with Welch's t interval; assumes normal logarithms
//	n, m >= 4 with an outlier on a side: Hodges-Lehmann with the Mann-Whitney interval
//	fewer:     the ratio of the geometric means without an interval; decides nothing
//
// Values must be positive and finite. Others are left out, and Why gives their number.
// Where runs form pairs [Paired] finds more.
//
// Sources: Welch, Biometrika 34 (1947) 28-35; Hollander & Wolfe, 4.2 and 4.3.
func Unpaired(a, b []float64, level float64) Ratio {
	la, left := logs(a)
	lb, leftB := logs(b)
	left += leftB
	n := min(len(la), len(lb))
	r := Ratio{Value: math.NaN(), Lo: 0, Hi: math.Inf(1), N: n, Level: level, P: math.NaN()}
	switch {
	case n == 0:
		r.Method, r.Why = "none", "no run has a figure on one of the sides"
		return r
	case n < pairsForT:
		r.Value = math.Exp(stat.Mean(lb, nil) - stat.Mean(la, nil))
		r.Method = "ratio of the geometric means of runs"
		r.Why = plural(n, "run") + " on a side cannot show how much runs vary; 3 are needed, 6 are better"
		return r
	case n >= runsForRanks && (hasOutlier(la) || hasOutlier(lb)):
		shift := UnpairedShift(lb, la, level)
		r.Value, r.Lo, r.Hi, r.Level = math.Exp(shift.Value), math.Exp(shift.Lo), math.Exp(shift.Hi), shift.Achieved
		r.P = MannWhitney(lb, la).Two
		r.Method = "logarithms of runs, Hodges-Lehmann with Mann-Whitney interval"
	default:
		r.welch(la, lb)
	}
	r.Decides = left == 0
	if left > 0 {
		r.Why = plural(left, "run") + " had no figure"
	}
	return r
}

func (r *Ratio) welch(la, lb []float64) {
	va, vb := stat.Variance(la, nil)/float64(len(la)), stat.Variance(lb, nil)/float64(len(lb))
	d := stat.Mean(lb, nil) - stat.Mean(la, nil)
	r.Method = "logarithms of runs, Welch's t interval (assumes normal logarithms)"
	se := math.Sqrt(va + vb)
	if se == 0 {
		r.Value, r.Lo, r.Hi, r.P = math.Exp(d), math.Exp(d), math.Exp(d), 0
		if d == 0 {
			r.P = 1
		}
		return
	}
	df := (va + vb) * (va + vb) / (va*va/float64(len(la)-1) + vb*vb/float64(len(lb)-1))
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	half := student.Quantile((1+r.Level)/2) * se
	r.Value, r.Lo, r.Hi = math.Exp(d), math.Exp(d-half), math.Exp(d+half)
	r.P = 2 * student.Survival(math.Abs(d)/se)
}

// logs are the logarithms of the positive finite values, and how many others there were.
func logs(x []float64) (out []float64, left int) {
	for _, v := range x {
		if v > 0 && !math.IsInf(v, 1) {
			out = append(out, math.Log(v))
			continue
		}
		left++
	}
	return out, left
}
