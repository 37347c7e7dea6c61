package moderated

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/effect"
)

// Estimate is what the trials show together, on the logarithms.
type Estimate struct {
	Log    float64 // mean of the log-ratios; ±Inf: unserved in one sense only; NaN: not known
	SE     float64 // standard error of Log
	DF     float64 // degrees of freedom of SE
	N      int     // trials with a known effect
	Left   int     // trials without
	Within float64 // mean variance within trials
	Spread float64 // S, observed standard deviation of the log-ratios, NaN for one trial
	Prior  Prior

	// AtLeast is set when some trials, not all, were unserved in one sense: Log and
	// the bound towards 1 are then conservative, the other bound is open.
	AtLeast int // +1: the ratio is at least so large; -1: at most; 0: neither

	Why string // with Log NaN
	p   float64
}

// Of puts the effects of trials together. Unknown effects are left out and counted.
//
// An unserved trial is beyond every number. When all known effects are +Inf (or all
// -Inf), so is the estimate. When some are, they count as the largest (smallest) of
// the finite ones: the estimate is a bound (AtLeast). When trials are unserved in both
// senses, nothing is known.
func Of(trials []effect.Effect, prior Prior) Estimate {
	d, within := known(trials)
	nan := math.NaN()
	e := Estimate{Log: nan, SE: nan, DF: nan, Spread: nan, Within: nan, Prior: prior, p: nan}
	up, down := 0, 0
	for _, t := range trials {
		switch {
		case !t.Known():
			e.Left++
			e.Why = t.Why
		case math.IsInf(t.Log, 1):
			up++
			e.p = larger(e.p, t.P)
		case math.IsInf(t.Log, -1):
			down++
			e.p = larger(e.p, t.P)
		}
	}
	e.N = len(d) + up + down
	switch {
	case e.N == 0:
		return e
	case up > 0 && down > 0:
		e.Why = "some trials were not served on one side, some on the other"
		return e
	case len(d) == 0:
		e.Log, e.Why = math.Inf(up-down), ""
		return e
	}
	e.Why = ""
	e.AtLeast = min(up, 1) - min(down, 1)
	for range up {
		d = append(d, slices.Max(d))
	}
	for range down {
		d = append(d, slices.Min(d))
	}
	n := float64(len(d))
	e.Log, e.Within = stat.Mean(d, nil), stat.Mean(within, nil)
	squares := 0.0
	if len(d) > 1 {
		v := stat.Variance(d, nil)
		e.Spread, squares = math.Sqrt(v), (n-1)*v
	}
	e.DF = prior.DF + n - 1
	if !(e.DF > 0) {
		e.Log, e.Why = math.NaN(), "one trial does not show how much trials vary, and nothing is assumed"
		return e
	}
	e.SE = math.Sqrt((prior.DF*(e.Within+prior.Tau*prior.Tau) + squares) / e.DF / n)
	return e
}

// known lists the finite log-ratios and their variances within the trial.
func known(trials []effect.Effect) (d, within []float64) {
	for _, t := range trials {
		if !math.IsNaN(t.Log) && !math.IsInf(t.Log, 0) {
			d, within = append(d, t.Log), append(within, t.Var)
		}
	}
	return d, within
}

// larger is the larger of two p-values, one of which may be missing.
func larger(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// Known reports whether there is an estimate, possibly an infinite one.
func (e Estimate) Known() bool { return !math.IsNaN(e.Log) }

// Ratio is the estimated ratio.
func (e Estimate) Ratio() float64 { return math.Exp(e.Log) }

// Interval is that of the ratio at a level: 0 and +Inf where there is no bound. All
// trials unserved in one sense give +Inf, +Inf (or 0, 0): beyond every number.
func (e Estimate) Interval(level float64) (lo, hi float64) {
	switch {
	case math.IsNaN(e.Log):
		return 0, math.Inf(1)
	case math.IsInf(e.Log, 0):
		return math.Exp(e.Log), math.Exp(e.Log)
	}
	half := e.student().Quantile((1+level)/2) * e.SE
	lo, hi = math.Exp(e.Log-half), math.Exp(e.Log+half)
	switch {
	case e.AtLeast > 0:
		hi = math.Inf(1)
	case e.AtLeast < 0:
		lo = 0
	}
	return lo, hi
}

// P is the two-sided p-value of the hypothesis that the ratio is limit, e.g. 1. Of an
// infinite estimate it is that of the unserved arrivals. NaN when not known. An
// estimate that is a bound only tests on its own side of limit; on the other it is 1.
func (e Estimate) P(limit float64) float64 {
	away := e.Log - math.Log(limit)
	switch {
	case math.IsNaN(e.Log):
		return math.NaN()
	case math.IsInf(e.Log, 0):
		return e.p
	case float64(e.AtLeast)*away < 0:
		return 1
	}
	return 2 * e.student().Survival(math.Abs(away)/e.SE)
}

func (e Estimate) student() distuv.StudentsT { return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.DF} }

// Side is where a ratio lies against a limit.
type Side int

// The three answers.
const (
	Undecided Side = 0
	Above     Side = 1
	Below     Side = -1
)

// Compare decides whether the ratio is above or below a limit at a level: its whole
// interval is.
func (e Estimate) Compare(limit, level float64) Side {
	lo, hi := e.Interval(level)
	switch {
	case e.Known() && lo > limit:
		return Above
	case e.Known() && hi < limit:
		return Below
	}
	return Undecided
}

// Difference sets two sides against each other whose trials form no pairs: the estimates of
// their levels, B less A. The standard errors add in squares, with the degrees of freedom
// of Welch and Satterthwaite. A level that is infinite or not known makes the difference
// unknown.
func Difference(a, b Estimate) Estimate {
	nan := math.NaN()
	e := Estimate{Log: nan, SE: nan, DF: nan, N: min(a.N, b.N), Spread: nan, Within: nan, Prior: b.Prior, p: nan}
	switch {
	case !a.Known() || !b.Known():
		e.Why = "a side has no level"
		return e
	case math.IsInf(a.Log, 0) || math.IsInf(b.Log, 0) || a.AtLeast != 0 || b.AtLeast != 0:
		e.Why = "the percentile of a trial is among its unserved arrivals"
		return e
	}
	va, vb := a.SE*a.SE, b.SE*b.SE
	e.Log, e.SE = b.Log-a.Log, math.Sqrt(va+vb)
	e.DF = (va + vb) * (va + vb) / (va*va/a.DF + vb*vb/b.DF)
	e.Within, e.Spread = a.Within+b.Within, math.Hypot(a.Spread, b.Spread)
	return e
}
