package attribution

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Contrast is the effect of an injected fault on an outcome.
type Contrast struct {
	Effect  float64 // mean after the fault less mean of the controls, unit of the outcome
	P       float64 // two-sided, by permutation over possible fault times
	Windows int     // control windows
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
	c := Contrast{Effect: math.NaN(), P: math.NaN(), Windows: len(controls)}
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
