// Package sequential keeps the chance of a false claim when results are looked at
// after each replicate.
//
// Ten looks at a 95 % interval, stopped at the first claim, give a false claim in 19 %
// of identical setups. A group-sequential boundary pays for the looks
// with a higher level at each.
//
// Procedure:
//
//  1. Fix the largest number of looks before the run, e.g. replicates {atMost: 10}.
//  2. [Level] gives the level for the interval at each look (10 looks: 98.94 %).
//  3. After each replicate take the interval at that level. Stop when it decides.
//  4. Print that interval. Over all looks together it covers at 95 % however the
//     run was stopped (a repeated confidence interval).
//
// Example:
//
//	level := sequential.Level(10, 0.05)
//	side := moderated.Of(effects, prior).Compare(2, level)
//
// Sources: Pocock, Biometrika 64 (1977) 191-199; Armitage, McPherson & Rowe, JRSS A
// 132 (1969) 235-244 for the integration; Jennison & Turnbull, Group Sequential Methods
// (2000), chapters 2 and 9.
package sequential

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the level of the interval at each of at most so many looks, for a chance
// alpha of any false claim over all of them: 1 - 2 (1 - Phi(c)), c from [Pocock].
// One look: 1 - alpha.
//
// The constants are those of normal statistics with equal steps of information. A t
// statistic at the same nominal level keeps alpha closely (Jennison & Turnbull, 4.4);
// with the moderated t of package moderated a simulation in its tests holds it to it.
func Level(looks int, alpha float64) float64 {
	return 1 - 2*distuv.UnitNormal.Survival(Pocock(looks, alpha))
}

// Pocock is the constant c of Pocock's boundary: |Z| >= c at any of k looks has
// probability alpha without a difference. c is found by bisection on [Crossing].
func Pocock(looks int, alpha float64) float64 {
	lo := distuv.UnitNormal.Quantile(1 - alpha/2)
	if looks <= 1 {
		return lo
	}
	hi := distuv.UnitNormal.Quantile(1 - alpha/2/float64(looks)) // Bonferroni's
	for hi-lo > 1e-7 {
		c := (lo + hi) / 2
		total := 0.0
		for _, p := range Crossing(c, looks, 0) {
			total += p
		}
		if total > alpha {
			lo = c
		} else {
			hi = c
		}
	}
	return (lo + hi) / 2
}

// nodes of the Gauss-Legendre rule: with up to 20 looks Pocock's constants are exact
// to more than the three digits that are published.
const nodes = 64

// Crossing is the probability of |Z_k| >= c at look k for the first time, k = 1 to
// looks. Z_k = S_k/sqrt(k) with S_k a sum of k independent normal values of mean drift
// and variance 1.
//
// The density of S_k on the event "not yet crossed" is integrated from look to look.
func Crossing(c float64, looks int, drift float64) []float64 {
	out := make([]float64, looks)
	x, weight, density := []float64{0}, []float64{1}, []float64{1} // S_0 = 0 for certain
	for k := range out {
		edge := c * math.Sqrt(float64(k+1))
		for i, from := range x {
			mean := from + drift
			out[k] += weight[i] * density[i] * (distuv.UnitNormal.Survival(edge-mean) + distuv.UnitNormal.CDF(-edge-mean))
		}
		nextX, nextWeight, nextDensity := make([]float64, nodes), make([]float64, nodes), make([]float64, nodes)
		quad.Legendre{}.FixedLocations(nextX, nextWeight, -edge, edge)
		for j, to := range nextX {
			for i, from := range x {
				away := to - from - drift
				nextDensity[j] += weight[i] * density[i] * math.Exp(-away*away/2) / math.Sqrt(2*math.Pi)
			}
		}
		x, weight, density = nextX, nextWeight, nextDensity
	}
	return out
}
