package readiness

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a positive figure that is not exactly known: its logarithm is normal.
type Estimate struct {
	Value   float64 `json:"value"`              // median
	Spread  float64 `json:"spread,omitempty"`   // standard deviation of the logarithm; 0: exactly known
	AtLeast bool    `json:"at_least,omitempty"` // the figure is Value or any larger one
}

// Known returns a figure without uncertainty.
func Known(v float64) Estimate { return Estimate{Value: v} }

// Measured returns a figure with the standard deviation of its logarithm, where one is
// optional.
func Measured(v, spread float64) *Estimate { return &Estimate{Value: v, Spread: spread} }

// FromInterval returns the figure with an interval at a confidence level. A bound that is 0,
// infinite or NaN is unknown: the other one gives the spread.
func FromInterval(value, lo, hi, level float64) Estimate {
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	var sum, n float64
	for _, width := range []float64{math.Log(value / lo), math.Log(hi / value)} {
		if width >= 0 && !math.IsInf(width, 0) {
			sum, n = sum+width/z, n+1
		}
	}
	if n == 0 {
		return Estimate{Value: value}
	}
	return Estimate{Value: value, Spread: sum / n}
}

// at is the figure at a standard normal deviate.
func (e Estimate) at(z float64) float64 { return e.Value * math.Exp(e.Spread*z) }

// Fault is a fault of the plan.
type Fault struct {
	Name     string    `json:"name"`
	Rate     float64   `json:"rate"`               // occurrences an hour
	Lasts    Estimate  `json:"lasts"`              // s, from its begin to its end; drawn for each occurrence
	Left     *Estimate `json:"left,omitempty"`     // share of the capacity while it lasts; nil: not measured
	Recovery *Estimate `json:"recovery,omitempty"` // s after its end until service is as usual; nil: not measured
}

// Plan is a peak with what is known about it. Rates are arrivals a second.
type Plan struct {
	Forecast  Estimate  `json:"forecast"`        // 1/s, mean over the window
	Window    float64   `json:"window"`          // s, ends at the cut-off
	Shape     []float64 `json:"shape,omitempty"` // relative load of equal parts of the window; empty: even
	Capacity  Estimate  `json:"capacity"`        // 1/s, carried within the objective by the parts as they are
	Target    float64   `json:"target"`          // share of the arrivals that is served within the latency, such as 0.95
	Steepness float64   `json:"steepness"`       // rise of the logit of the late share, by relative load; 0: 20
	Drain     float64   `json:"drain"`           // throughput of a full platform over Capacity; 0: 1
	Transfer  Estimate  `json:"transfer"`        // capacity on the day over that of the test; 0: 1
	Faults    []Fault   `json:"faults"`
	Threshold float64   `json:"threshold"` // least probability for a go
	Draws     int       `json:"draws"`     // 0: 8,000
	Seed      uint64    `json:"seed"`
}

const (
	defaultDraws     = 8_000
	defaultSteepness = 20 // M/M/8 with a limit of three service times has 18
)

func (p Plan) complete() Plan {
	if p.Draws == 0 {
		p.Draws = defaultDraws
	}
	if p.Steepness == 0 {
		p.Steepness = defaultSteepness
	}
	p.Drain = max(p.Drain, 1)
	if p.Transfer.Value == 0 {
		p.Transfer.Value = 1
	}
	if len(p.Shape) == 0 {
		p.Shape = []float64{1}
	}
	sum := 0.0
	for _, s := range p.Shape {
		sum += s
	}
	even := make([]float64, len(p.Shape))
	for i, s := range p.Shape {
		even[i] = s * float64(len(p.Shape)) / sum
	}
	p.Shape = even
	return p
}

// Point is a step of a ladder.
type Point struct {
	Rate float64 // 1/s
	Late float64 // share of the arrivals beyond the latency
	N    float64 // arrivals that the share is worth
}

// Slope is the steepness of a ladder around its capacity: least squares on the logits of the
// steps, through the target at the capacity. 0 when no step shows it.
func Slope(points []Point, capacity, target float64) float64 {
	num, den := 0.0, 0.0
	for _, s := range points {
		late := (s.Late*s.N + 0.5) / (s.N + 1)
		x, w := s.Rate/capacity-1, (s.N+1)*late*(1-late)
		num, den = num+w*x*(logit(late)-logit(1-target)), den+w*x*x
	}
	if !(den > 0) || num <= 0 {
		return 0
	}
	return num / den
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
