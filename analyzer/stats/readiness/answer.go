package readiness

import (
	"math"
	"slices"
)

// Decision is the answer in one word.
type Decision string

// The three answers.
const (
	Go        Decision = "go"
	NoGo      Decision = "no-go"
	Undecided Decision = "not enough evidence"
)

// confident is the level of the interval of the margin, and of the load that is stated with
// confidence.
const confident = 0.9

// changes is the least chance with which one measurement must turn an answer into a go, for
// the answer to be open.
const changes = 0.5

// Answer is what a plan comes to.
type Answer struct {
	Decision    Decision `json:"decision"`
	Probability float64  `json:"probability"` // that the peak is shipped; missing evidence at its worst
	AtBest      float64  `json:"at_best"`     // missing evidence at its best
	Margin      float64  `json:"margin"`      // median of the largest factor of the load that is shipped
	Lo          float64  `json:"lo"`          // 90 % interval of that factor
	Hi          float64  `json:"hi"`
	Confident   float64  `json:"confident"` // factor of the forecast that is shipped with 90 %
	Draws       int      `json:"draws"`

	Inputs   []Input  `json:"inputs"`   // largest share of the uncertainty first
	Remedies []Remedy `json:"remedies"` // largest probability first
}

// Input is one uncertain figure: how much of the uncertainty it explains, and what knowing it
// would do to the decision.
type Input struct {
	Kind    Kind    `json:"kind"`
	Fault   string  `json:"fault,omitempty"`
	Share   float64 `json:"share"`   // of the variance of the logarithm of the margin
	Changes float64 `json:"changes"` // chance that knowing it exactly changes between go and not
	Value   float64 `json:"value"`   // expected loss that knowing it exactly saves, in units of [Plan.Loss]
}

// Kind is a kind of input.
type Kind string

// The kinds of inputs. The chance of faults can be lowered and not measured.
const (
	OfForecast Kind = "forecast"
	OfCapacity Kind = "capacity"
	OfTransfer Kind = "transfer" // from test to production
	OfLeft     Kind = "left"     // the capacity while a fault lasts
	OfChance   Kind = "chance"   // when and how long a fault occurs
)

// Predict answers a plan.
func Predict(p Plan) Answer {
	p = p.complete()
	peaks := make([]drawn, p.Draws)
	margins, atBest := make([]float64, p.Draws), 0
	for i := range peaks {
		peaks[i] = p.draw(i, worst)
		margins[i] = p.margin(peaks[i])
		if d := p.draw(i, best); p.shipped(d, p.stretches(d), 1) {
			atBest++
		}
	}
	a := Answer{Draws: p.Draws, Probability: atLeast(margins, 1), AtBest: float64(atBest) / float64(p.Draws)}
	sorted := slices.Sorted(slices.Values(margins))
	at := func(q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
	a.Margin, a.Lo, a.Hi, a.Confident = at(0.5), at((1-confident)/2), at((1+confident)/2), at(1-confident)
	a.Inputs = p.inputs(peaks, margins)
	a.Remedies = p.remedies()
	a.Decision = p.decide(a)
	return a
}

// decide returns a go from the threshold on. Below it, the answer is open when missing
// evidence or one measurement can turn it into a go; else it is no-go.
func (p Plan) decide(a Answer) Decision {
	switch {
	case a.Probability >= p.Threshold:
		return Go
	case a.AtBest >= p.Threshold:
		return Undecided
	}
	for _, in := range a.Inputs {
		if in.Kind != OfChance && in.Changes >= changes {
			return Undecided
		}
	}
	return NoGo
}

// Loss is the expected loss of a decision at a probability of success. A go that fails costs
// the threshold, and a no-go that would have succeeded costs the rest to 1: with these costs a
// go is right from the threshold on.
func (p Plan) Loss(probability float64, isGo bool) float64 {
	if isGo {
		return p.Threshold * (1 - probability)
	}
	return (1 - p.Threshold) * probability
}

func (p Plan) least(probability float64) float64 {
	return math.Min(p.Loss(probability, true), p.Loss(probability, false))
}

func atLeast(margins []float64, factor float64) float64 {
	n := 0
	for _, m := range margins {
		if m >= factor {
			n++
		}
	}
	return float64(n) / float64(len(margins))
}

// Probability is the chance that the peak of a plan is shipped, missing evidence at its worst.
func Probability(p Plan) float64 {
	p = p.complete()
	n := 0
	for i := range p.Draws {
		if d := p.draw(i, worst); p.shipped(d, p.stretches(d), 1) {
			n++
		}
	}
	return float64(n) / float64(p.Draws)
}
