package moderated

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/effect"
)

// FromHistory estimates the prior from earlier runs of the same lab. Each run has the
// effects of its trials, all of one question (one setup, one percentile). A run with
// fewer than two known effects shows no variation and does not count. With fewer than
// three runs that count the fallback is returned: two variances do not show how much
// variances vary.
//
// The observed variance S_g^2 of run g with d_g degrees of freedom is taken as
// s0^2 F(d_g, d0). With z = ln S^2 and e = z - digamma(d/2) + ln(d/2), moments give
//
//	trigamma(d0/2) = Var(e) - mean(trigamma(d/2))
//	ln s0^2        = mean(e) + digamma(d0/2) - ln(d0/2)
//
// and tau^2 = s0^2 - mean within-trial variance. A right side that is not positive
// means that all runs vary alike: d0 is then infinite. d0 is held to 2..20 and tau to
// at least 5 %, since other days are no perfect witness of today.
//
// Source: Smyth (2004), section 6.2.
func FromHistory(runs [][]effect.Effect, fallback Prior) Prior {
	var all []Varied
	for _, run := range runs {
		if d, w := known(run); len(d) > 1 {
			all = append(all, Varied{N: len(d), Spread: math.Sqrt(stat.Variance(d, nil)), Within: stat.Mean(w, nil)})
		}
	}
	return FromVaried(all, fallback)
}

// Varied is how much the trials of one run varied, as an [Estimate] has it.
type Varied struct {
	N              int
	Spread, Within float64
}

// FromVaried is [FromHistory] for runs that are summed up.
func FromVaried(runs []Varied, fallback Prior) Prior {
	var e, spread, within []float64
	for _, run := range runs {
		v := run.Spread * run.Spread
		if run.N < 2 || !(v > 0) || math.IsInf(v, 0) || math.IsNaN(run.Within) {
			continue // of copies of one trial the variance is 0
		}
		df := float64(run.N - 1)
		e = append(e, math.Log(v)-mathext.Digamma(df/2)+math.Log(df/2))
		spread = append(spread, trigamma(df/2))
		within = append(within, run.Within)
	}
	if len(e) < leastGroups {
		return fallback
	}
	d0 := math.Inf(1)
	level := stat.Mean(e, nil)
	if excess := stat.Variance(e, nil) - stat.Mean(spread, nil); excess > 0 {
		half := trigammaInverse(excess)
		d0 = 2 * half
		level += mathext.Digamma(half) - math.Log(half)
	}
	tau2 := math.Exp(level) - stat.Mean(within, nil)
	return Prior{Tau: math.Sqrt(max(tau2, leastTau*leastTau)), DF: min(max(d0, 2), mostDF), Runs: len(e)}
}

// trigamma is the derivative of the digamma function: the Hurwitz zeta function at 2.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// trigammaInverse solves trigamma(y) = x for x > 0 by Newton's method on 1/trigamma,
// which is convex and nearly linear, so that the iteration is monotone.
//
// Source: Smyth (2004), appendix.
func trigammaInverse(x float64) float64 {
	if x > 1e7 {
		return 1 / math.Sqrt(x)
	}
	if x < 1e-6 {
		return 1 / x
	}
	y := 0.5 + 1/x
	for range 50 {
		t := trigamma(y)
		step := t * (1 - t/x) / (-2 * mathext.Zeta(3, y)) // tetragamma(y) = -2 zeta(3, y)
		y += step
		if -step/y < 1e-10 {
			break
		}
	}
	return y
}
