package compare

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resample"
)

// Shift is how much longer B takes than A at one quantile, in the unit of the
// samples, with a band that holds at all quantiles together.
type Shift struct {
	P     float64 `json:"p"`
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// ShiftCurve is the quantile-shift curve over the given quantiles: Q_B(p) - Q_A(p)
// of the pooled runs. The band comes from resampling whole runs, rounds times, and
// is simultaneous: each quantile's resampled deviations are scaled by their own
// standard deviation, and the level-quantile of the largest scaled deviation widens
// all. At least two runs a side; nil otherwise. Runs must be free of NaN; random is
// the source of the resampling.
//
// Resamples of n runs vary less than runs do, by (n-1)/n of the variance, have no
// heavy tails, and with few runs take few values. The band is therefore widened by
// n/(n-1) t(v)/z, n the smaller number of runs of a side and v the runs of both less
// 2. Simulated A/A coverage at 2, 3, 4, 6 and 10 runs a side: 93 %, 96 %, 95 %, 95 %
// and 96 %; without that 38 %, 69 %, 76 %, 84 % and 91 %.
//
// Sources: Doksum, Annals of Statistics 2 (1974) 267-277 for the shift function;
// Davison & Hinkley, Bootstrap Methods, 4.2.4 for simultaneous bands.
func ShiftCurve(a, b [][]float64, ps []float64, level float64, rounds int, random *rand.Rand) []Shift {
	if len(a) < 2 || len(b) < 2 || rounds < 20 {
		return nil
	}
	ofA, ofB := ascending(a), ascending(b)
	var pooled []float64 // one for all draws
	at := func(all []observation, pick []int) []float64 {
		times := make([]int, len(pick))
		for _, i := range pick {
			times[i]++
		}
		pooled = pooled[:0]
		for _, o := range all {
			for range times[o.run] {
				pooled = append(pooled, o.value)
			}
		}
		q := make([]float64, len(ps))
		for k, p := range ps {
			q[k] = quantile.Type1(pooled, p)
		}
		return q
	}
	difference := func(pa, pb []int) []float64 {
		qa, qb := at(ofA, pa), at(ofB, pb)
		for k := range qa {
			qa[k] = qb[k] - qa[k]
		}
		return qa
	}
	point := difference(resample.All(len(a)), resample.All(len(b)))
	draws := make([][]float64, rounds)
	for r := range draws {
		draws[r] = difference(resample.Draw(len(a), random), resample.Draw(len(b), random))
	}
	n, v := float64(min(len(a), len(b))), float64(len(a)+len(b)-2)
	tail := (1 + level) / 2
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: v}
	return band(ps, point, draws, level, n/(n-1)*student.Quantile(tail)/distuv.UnitNormal.Quantile(tail))
}

// observation is a value and the run that it is of.
type observation struct {
	value float64
	run   int
}

// ascending sorts what all runs observed: a draw takes each value as often as its run,
// so that what is drawn is in order and need not be sorted each time.
func ascending(runs [][]float64) []observation {
	var all []observation
	for i, run := range runs {
		for _, x := range run {
			all = append(all, observation{x, i})
		}
	}
	slices.SortFunc(all, func(x, y observation) int { return cmp.Compare(x.value, y.value) })
	return all
}

// band is simultaneous over the quantiles, its width times a factor.
func band(ps, point []float64, draws [][]float64, level, factor float64) []Shift {
	sd := make([]float64, len(ps))
	for k := range ps {
		for _, d := range draws {
			sd[k] += (d[k] - point[k]) * (d[k] - point[k]) / float64(len(draws))
		}
		sd[k] = math.Sqrt(sd[k])
	}
	largest := make([]float64, len(draws))
	for r, d := range draws {
		for k := range ps {
			if sd[k] > 0 {
				largest[r] = max(largest[r], math.Abs(d[k]-point[k])/sd[k])
			}
		}
	}
	slices.Sort(largest)
	c := quantile.Type1(largest, level) * factor
	out := make([]Shift, len(ps))
	for k, p := range ps {
		out[k] = Shift{P: p, Value: point[k], Lo: point[k] - c*sd[k], Hi: point[k] + c*sd[k]}
	}
	return out
}

// Dominance is the side that a curve favours: "B" when B is faster at every quantile
// for certain, "A" likewise, "crossing" when each is at some, "" otherwise. Crossing
// is the first quantile at which the sign turns, NaN else.
func Dominance(curve []Shift) (side string, crossing float64) {
	crossing = math.NaN()
	faster, slower := 0, 0
	for i, s := range curve {
		switch {
		case s.Hi < 0:
			faster++
		case s.Lo > 0:
			slower++
		}
		if i > 0 && math.IsNaN(crossing) && s.Value*curve[i-1].Value < 0 {
			crossing = s.P
		}
	}
	switch {
	case len(curve) == 0:
		return "", math.NaN()
	case faster == len(curve):
		return "B", math.NaN()
	case slower == len(curve):
		return "A", math.NaN()
	case faster > 0 && slower > 0:
		return "crossing", crossing
	}
	return "", math.NaN()
}
