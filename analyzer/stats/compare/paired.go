package compare

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Ratio is how B relates to A: B/A with an interval.
type Ratio struct {
	Value, Lo, Hi float64 // Lo 0 and Hi +Inf where there is no bound
	N             int     // pairs of runs
	Level         float64
	Method        string
	P             float64 // two-sided, of no difference; NaN when it cannot be had
	Decides       bool    // the number of runs carries a decision
	Why           string  // with Decides false
}

// The least numbers of pairs for the two ways to infer from pairs: the t interval
// needs an estimate of the spread that is not mere chance, the signed ranks reach
// p < 0.05 from six pairs on.
const (
	pairsForT     = 3
	pairsForRanks = 6
)

// Paired is the ratio of B to A over pairs of runs, from d_i = ln b_i - ln a_i.
//
//	n >= 3: mean of the d with Student's t interval; assumes normal d
//	n >= 6 with an outlier among the d (farther from their median than five times
//	        their scaled MAD): Hodges-Lehmann with Wilcoxon's signed-rank interval
//	fewer:  the mean of the d without an interval; decides nothing
//
// Six pairs are the fewest for which ranks alone reach 95 %, and then only when all d have
// one sign. For d without outliers the t interval finds much more.
//
// Values must be positive and finite. Pairs with other values are left out, and Why gives
// their number. No pair at all gives NaN.
//
// Sources: Hollander & Wolfe, Nonparametric Statistical Methods, 3.1-3.3; the
// minimum of six is where 2/2^n < 0.05.
func Paired(a, b []float64, level float64) Ratio {
	d, left := logRatios(a, b)
	n := len(d)
	r := Ratio{Value: math.NaN(), Lo: 0, Hi: math.Inf(1), N: n, Level: level, P: math.NaN()}
	switch {
	case n == 0:
		r.Method, r.Why = "none", "no pair of runs has a figure on both sides"
		return r
	case n < pairsForT:
		r.Value = math.Exp(stat.Mean(d, nil))
		r.Method = "geometric mean of the ratios of pairs"
		r.Why = plural(n, "pair") + " cannot show how much runs vary; 3 are needed, 6 are better"
		return r
	case n >= pairsForRanks && hasOutlier(d):
		r.byRanks(d)
	default:
		r.byT(d)
	}
	r.Decides = true
	if left > 0 {
		r.Decides = false
		r.Why = plural(left, "pair") + " had no figure on one side"
	}
	return r
}

// hasOutlier reports whether one of the d lies far from the rest.
func hasOutlier(d []float64) bool {
	centre := median(d)
	away := make([]float64, len(d))
	for i, v := range d {
		away[i] = math.Abs(v - centre)
	}
	return slices.Max(away) > 5*1.4826*median(away)
}

func (r *Ratio) byT(d []float64) {
	mean, sd := stat.MeanStdDev(d, nil)
	n := float64(len(d))
	se := sd / math.Sqrt(n)
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	t := student.Quantile((1 + r.Level) / 2)
	r.Value, r.Lo, r.Hi = math.Exp(mean), math.Exp(mean-t*se), math.Exp(mean+t*se)
	r.Method = "paired log-ratios, t interval (assumes normal log-ratios)"
	switch {
	case se > 0:
		r.P = 2 * student.Survival(math.Abs(mean)/se)
	case mean == 0:
		r.P = 1
	default:
		r.P = 0
	}
}

func (r *Ratio) byRanks(d []float64) {
	shift := SignedRankShift(d, r.Level)
	r.Value, r.Lo, r.Hi = math.Exp(shift.Value), math.Exp(shift.Lo), math.Exp(shift.Hi)
	r.Level = shift.Achieved
	r.P = SignedRank(d).Two
	r.Method = "paired log-ratios, Hodges-Lehmann with signed-rank interval"
}

// logRatios returns ln b - ln a of the pairs in which both are positive and
// finite, and the number of pairs left out.
func logRatios(a, b []float64) (d []float64, left int) {
	n := min(len(a), len(b))
	left = max(len(a), len(b)) - n
	usable := func(v float64) bool { return v > 0 && !math.IsInf(v, 1) }
	for i := range n {
		if !usable(a[i]) || !usable(b[i]) {
			left++
			continue
		}
		d = append(d, math.Log(b[i])-math.Log(a[i]))
	}
	return d, left
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	n := len(s)
	if n == 0 {
		return math.NaN()
	}
	return (s[n/2] + s[(n-1)/2]) / 2
}
