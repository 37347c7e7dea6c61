package attribution

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Contrast is the effect of an injected fault on an outcome.
type Contrast struct {
	Effect  float64 // mean after the fault less mean of the controls, unit of the outcome
	P       float64 // two-sided, by permutation over possible fault times
	Windows int     // control windows

	Least    float64   // least P that so many windows can give, 1 without any
	Own      float64   // mean after the fault
	Controls []float64 // means of the control windows
}

// Matched compares the outcome in the length bins after the fault, which began in bin
// at, with control windows of the same length that lie wholly in allowed bins: those
// free of any event and at about the same offered load. load and tolerance choose them:
// windows whose mean load differs by more than the share tolerance are left out. P is
// the rank of the fault's own window among all; with w controls it is at least
// 1/(w+1). NaN without controls.
func Matched(outcome, load []float64, allowed []bool, at, length int, tolerance float64) Contrast {
	n := len(outcome)
	if n != len(load) || n != len(allowed) || at < 0 || length < 1 || at+length > n {
		return Contrast{Effect: math.NaN(), P: math.NaN()}
	}
	own, ownLoad := stat.Mean(outcome[at:at+length], nil), stat.Mean(load[at:at+length], nil)
	var controls []float64
	for from := 0; from+length <= n; {
		fits := from+length <= at || from >= at+length
		fits = fits && !slices.Contains(allowed[from:from+length], false)
		if fits && math.Abs(stat.Mean(load[from:from+length], nil)-ownLoad) <= tolerance*math.Abs(ownLoad) {
			controls = append(controls, stat.Mean(outcome[from:from+length], nil))
			from += length // windows do not overlap
			continue
		}
		from++
	}
	c := Contrast{Effect: math.NaN(), P: math.NaN(), Windows: len(controls), Own: own, Controls: controls,
		Least: 1 / float64(len(controls)+1)}
	if len(controls) == 0 {
		return c
	}
	centre := stat.Mean(controls, nil)
	c.Effect = own - centre
	extreme := 1
	for _, v := range controls {
		if math.Abs(v-centre) >= math.Abs(c.Effect) {
			extreme++
		}
	}
	c.P = float64(extreme) / float64(len(controls)+1)
	return c
}

// Together is the effect of a fault over the contrasts of several trials: the mean of
// own less controls. P is two-sided, from giving the fault's place in each trial to any
// of its windows, rounds times: a randomisation test stratified by trial. Contrasts
// without controls are left out; NaN without any.
//
// Source: Edgington & Onghena, Randomization Tests, 4th ed., ch. 11 (random
// intervention times).
func Together(contrasts []Contrast, rounds int, random *rand.Rand) Contrast {
	var used []Contrast
	all := Contrast{Effect: math.NaN(), P: math.NaN(), Own: math.NaN(), Least: 1}
	for _, c := range contrasts {
		if c.Windows > 0 {
			used = append(used, c)
			all.Windows += c.Windows
			all.Least *= c.Least
			all.Controls = append(all.Controls, c.Controls...)
		}
	}
	if len(used) == 0 || rounds < 1 {
		return all
	}
	n := float64(len(used))
	all.Effect, all.Own = 0, 0
	for _, c := range used {
		all.Effect += c.Effect / n
		all.Own += c.Own / n
	}
	extreme := 1
	for range rounds {
		effect := 0.0
		for _, c := range used {
			// The window drawn takes the fault's place, the others are its controls.
			drawn, total := random.IntN(c.Windows+1), c.Own
			for _, v := range c.Controls {
				total += v
			}
			own := c.Own
			if drawn > 0 {
				own = c.Controls[drawn-1]
			}
			effect += (own - (total-own)/float64(c.Windows)) / n
		}
		if math.Abs(effect) >= math.Abs(all.Effect)-1e-12 {
			extreme++
		}
	}
	all.P = float64(extreme) / float64(rounds+1)
	return all
}
