package effect

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"example.org/odooharness/analyzer/stats/quantile"
)

// Weights are the weights of the journeys: the calm arrivals of each over those of
// all, added up over trials and setups. They are fixed for all trials, so that a
// mix of journeys that changes is no effect. Journeys with fewer than need arrivals
// in any of the counted conditions get none; left has their numbers.
//
// calm has the calm arrivals by journey; least has, by journey, the smallest number
// of arrivals in any condition of any trial that is to be compared.
func Weights(calm, least []int, need int) (weights []float64, left []int) {
	weights = make([]float64, len(calm))
	for j, n := range calm {
		if least[j] < need {
			left = append(left, j)
			continue
		}
		weights[j] = float64(n)
	}
	if sum := floats.Sum(weights); sum > 0 {
		floats.Scale(1/sum, weights)
	}
	return weights, left
}

// Choose finds the percentile and the weights for a comparison stratified by journey:
// the first of the percentiles for which the journeys with enough arrivals make up
// at least the given share of the calm arrivals. Journeys without enough are in left.
// False: not even the last has such a share.
func Choose(calm, least []int, share float64, percentiles []float64) (p float64, weights []float64, left []int, ok bool) {
	all := 0
	for _, n := range calm {
		all += n
	}
	for _, p := range percentiles {
		weights, left = Weights(calm, least, Need(p))
		have := all
		for _, j := range left {
			have -= calm[j]
		}
		if all > 0 && have > 0 && float64(have) >= share*float64(all) {
			return p, weights, left, true
		}
	}
	return math.NaN(), nil, nil, false
}

// Stratified is the effect of one trial over several journeys: the weighted mean of
// the journeys' ln ratios, which is the logarithm of a weighted geometric mean.
// Weights are by journey and add up to 1 (see [Weights]).
//
// One journey that is unserved on one side only makes the effect infinite, as in
// [Between]; p-values are then multiplied by the number of journeys (Bonferroni).
// A journey whose effect is unknown makes the effect unknown.
func Stratified(reference, other Condition, weights []float64, p float64) Effect {
	return OfBlocks([]Condition{reference}, []Condition{other}, weights, p)
}

// OfBlocks is [Stratified] of a trial whose conditions alternate in blocks, e.g. OFF
// ON ON OFF. The percentiles are those of all blocks of a condition together. From
// three blocks a condition on, the variance is taken from how the blocks differ, so
// that it contains what changes from window to window. A drift over the trial cancels
// when blocks alternate symmetrically. What is washed out at the edges of blocks is
// for the caller to leave out.
func OfBlocks(reference, other []Condition, weights []float64, p float64) Effect {
	return between(measure(reference, weights, p), measure(other, weights, p), weights)
}

// Across is [OfBlocks] of two trials, e.g. of two setups: reference has the blocks of one,
// other those of the other. The level of a queue differs more between trials than between
// neighbouring blocks of one. So the inflation is at least a third of the correlation time
// of the arrivals ([quantile.CorrelationTime]). In the standard world of docs/methods.md
// that takes false claims at utilisation 0.9 from 10 % to about 6 % and costs little power
// at 0.8.
func Across(reference, other []Condition, weights []float64, p float64) Effect {
	a, b := measure(reference, weights, p), measure(other, weights, p)
	a.inflation = max(a.inflation, a.time(reference)/3)
	b.inflation = max(b.inflation, b.time(other)/3)
	return between(a, b, weights)
}

// Level is the weighted mean of the journeys' ln percentiles in one trial, in ln s: +Inf
// when that of a journey with weight falls among the unserved, NaN without enough arrivals.
func Level(blocks []Condition, weights []float64, p float64) float64 {
	sum := 0.0
	for j, x := range byJourney(blocks, weights) {
		if weights[j] == 0 {
			continue
		}
		if len(x) < Need(p) {
			return math.NaN()
		}
		arrange(x, p)
		sum += weights[j] * math.Log(quantile.Interpolated(x, p, quantile.Type8))
	}
	return sum
}

// Single is the level of one trial: Log is the weighted mean of the journeys' ln percentiles,
// in ln s, with the variance of [Across]. Two sides whose trials form no pairs are compared
// by their levels.
func Single(blocks []Condition, weights []float64, p float64) Effect {
	m := measure(blocks, weights, p)
	m.inflation = max(m.inflation, m.time(blocks)/3)
	one := measured{log: make([]float64, len(weights)), sd: make([]float64, len(weights)), n: m.n, unserved: make([]int,
		len(weights))}
	return between(one, m, weights)
}

// between sets two measured conditions against each other.
func between(a, b measured, weights []float64) Effect {
	var up, down bool
	e := Effect{P: math.NaN()}
	journeys := 0
	for _, w := range weights {
		if w > 0 {
			journeys++
		}
	}
	if journeys == 0 {
		return Unknown("no journey has enough arrivals for the percentile")
	}
	var varA, varB float64
	for j, w := range weights {
		if w == 0 {
			continue
		}
		la, lb := a.log[j], b.log[j]
		infA, infB := math.IsInf(la, 1), math.IsInf(lb, 1)
		switch {
		case math.IsNaN(la) || math.IsNaN(lb):
			return Unknown("too few arrivals for the percentile")
		case math.IsInf(la, -1) || math.IsInf(lb, -1):
			return Unknown("a latency is not positive")
		case infA && infB:
			return Unknown(BothUnserved)
		case infA || infB:
			p := fisher(a.unserved[j], a.n[j], b.unserved[j], b.n[j]) * float64(journeys)
			if p > surprising {
				return Unknown("the percentile falls among the unserved arrivals on one side, which may be chance")
			}
			up, down = up || infB, down || infA
			if !(e.P <= p) {
				e.P = p
			}
		default:
			e.Log += w * (lb - la)
			varA += w * w * a.sd[j] * a.sd[j]
			varB += w * w * b.sd[j] * b.sd[j]
		}
	}
	switch {
	case up && down:
		return Unknown("one journey is unserved on one side, another on the other")
	case up:
		e.Log, e.Var = math.Inf(1), math.NaN()
	case down:
		e.Log, e.Var = math.Inf(-1), math.NaN()
	default:
		e.Var = varA*a.inflation + varB*b.inflation
	}
	return e
}

// surprising is the p-value up to which a difference in unserved arrivals is taken
// for real when a percentile falls among them on one side only.
const surprising = 0.05
