package readiness

import (
	"math"
	"testing"
)

// even is a peak of an hour at 8/s with a capacity of 10/s, and no late arrivals below it.
func even() Plan {
	return Plan{Window: 3600, Target: 0.95, Threshold: 0.9, Steepness: 1e6, Forecast: Known(8), Capacity: Known(10)}.complete()
}

// The margins of peaks that can be computed by hand. Work of a stop of 90 s waits for
// 90 r/(10 - r) s more at a rate of r, so that 5 % of an hour are late at a rate of 5/s.
func TestMargin(t *testing.T) {
	stop := Fault{Name: "stop", Left: Measured(0, 0), Recovery: Measured(0, 0)}
	half := Fault{Name: "half", Left: Measured(0.5, 0), Recovery: Measured(0, 0)}
	for name, c := range map[string]struct {
		shape  []float64
		faults []Fault
		spells []spell
		want   float64
	}{
		"no fault":                     {nil, nil, nil, 10.0 / 8},
		"a fault of 90 s":              {nil, []Fault{stop}, []spell{{100, 190, 0}}, 5.0 / 8},
		"a fault at the cut-off":       {nil, []Fault{stop}, []spell{{3590, 3600, 0}}, 0},
		"half is left all the time":    {nil, []Fault{half}, []spell{{0, 3600, 0}}, 5.0 / 8},
		"two halves leave a quarter":   {nil, []Fault{half, half}, []spell{{0, 3600, 0}, {0, 3600, 1}}, 2.5 / 8},
		"twice the load in the middle": {[]float64{0.5, 2, 0.5}, nil, nil, 10.0 / 16},
	} {
		p := even()
		p.Shape, p.Faults = c.shape, c.faults
		p = p.complete()
		d := drawn{forecast: 8, capacity: 10, transfer: 1, spells: c.spells}
		for _, f := range c.faults {
			d.left = append(d.left, f.Left.Value)
		}
		if got := p.margin(d); math.Abs(got-c.want) > 0.001 {
			t.Errorf("%s: margin %.4f, want %.4f", name, got, c.want)
		}
	}
}

// At the capacity exactly the target is served, whatever the steepness.
func TestMarginAtCapacity(t *testing.T) {
	p := even()
	p.Steepness = 12
	if got := p.margin(drawn{forecast: 8, capacity: 10, transfer: 1}); math.Abs(got-1.25) > 0.001 {
		t.Errorf("margin %.4f, want 1.25", got)
	}
}

// Without faults the probability is that of a normal: the logarithm of capacity over forecast
// is 0.2231 with a standard deviation of 0.25.
func TestProbability(t *testing.T) {
	p := even()
	p.Forecast.Spread, p.Capacity.Spread = 0.15, 0.2
	a := Predict(p)
	if want := 0.8139; math.Abs(a.Probability-want) > 0.015 {
		t.Errorf("probability %.4f, want %.4f", a.Probability, want)
	}
	if want := 1.25 * math.Exp(-1.2816*0.25); math.Abs(a.Confident-want) > 0.02 {
		t.Errorf("with 90 %%: %.3f, want %.3f", a.Confident, want)
	}
	for kind, want := range map[Kind]float64{OfCapacity: 0.64, OfForecast: 0.36} { // 0.2^2 and 0.15^2 of 0.25^2
		for _, in := range a.Inputs {
			if in.Kind == kind && math.Abs(in.Share-want) > 0.03 {
				t.Errorf("%s explains %.3f, want %.3f", kind, in.Share, want)
			}
		}
	}
	if a.Decision != Undecided || a.Inputs[0].Kind != OfCapacity {
		t.Errorf("%s, %s first: knowing the capacity makes it a go in most cases", a.Decision, a.Inputs[0].Kind)
	}
	if top := a.Remedies[0]; top.Kind != LessLoad || top.Probability <= a.Probability {
		t.Errorf("best remedy %+v", top)
	}
}

// A fault nobody measured is read at its worst and at its best: between them the answer is open.
func TestDecisions(t *testing.T) {
	fault := func(left, recovery *Estimate) []Fault {
		return []Fault{{Name: "f", Rate: 0.5, Lasts: Known(60), Left: left, Recovery: recovery}}
	}
	for name, c := range map[string]struct {
		faults   []Fault
		capacity Estimate
		want     Decision
	}{
		"go":                      {nil, Known(10), Go},
		"no-go":                   {nil, Known(7), NoGo},
		"capacity is a bound":     {nil, Estimate{Value: 7, AtLeast: true}, Undecided},
		"harmless fault":          {fault(Measured(0.9, 0), Measured(1, 0)), Known(10), Go},
		"fault without evidence":  {fault(nil, nil), Known(10), Undecided},
		"fault that stops it all": {fault(Measured(0, 0), Measured(600, 0)), Known(10), NoGo},
	} {
		p := even()
		p.Faults, p.Capacity = c.faults, c.capacity
		if a := Predict(p); a.Decision != c.want {
			t.Errorf("%s: %s with %.3f to %.3f, want %s", name, a.Decision, a.Probability, a.AtBest, c.want)
		}
	}
}

// A rare fault explains what it does, though most draws do not have it.
func TestShareOfRareFault(t *testing.T) {
	x, margins := make([]float64, 1000), make([]float64, 1000)
	for i := range x {
		margins[i] = 1.25
		if i < 20 {
			x[i], margins[i] = -float64(i+1), 0.25
		}
	}
	if got := share(x, margins); got < 0.99 {
		t.Errorf("share %.3f, want all of it", got)
	}
}

func TestFromInterval(t *testing.T) {
	for name, c := range map[string]struct{ lo, hi, want float64 }{
		"both sides": {10 * math.Exp(-0.16449), 10 * math.Exp(0.16449), 0.1},
		"upper side": {0, 10 * math.Exp(0.32897), 0.2},
		"no side":    {math.NaN(), math.Inf(1), 0},
	} {
		if e := FromInterval(10, c.lo, c.hi, 0.9); math.Abs(e.Spread-c.want) > 1e-4 || e.Value != 10 {
			t.Errorf("%s: %+v, want a spread of %g", name, e, c.want)
		}
	}
}

// One trial has the assumed 15 %; three that vary by 30 % raise it: (4*0.0225 + 2*0.09)/6.
func TestOverTrials(t *testing.T) {
	if e, varies := OverTrials([]float64{10}); math.Abs(varies-0.15) > 1e-9 || math.Abs(e.Spread-0.15) > 1e-9 || math.Abs(e.Value-10) > 1e-9 {
		t.Errorf("one trial: %+v, %g", e, varies)
	}
	e, varies := OverTrials([]float64{10 * math.Exp(-0.3), 10, 10 * math.Exp(0.3)})
	want := math.Sqrt(0.045)
	if math.Abs(varies-want) > 1e-9 || math.Abs(e.Spread-want/math.Sqrt(3)) > 1e-9 || math.Abs(e.Value-10) > 1e-9 {
		t.Errorf("three trials: %+v, %g, want %g", e, varies, want)
	}
}

// The slope of a ladder on the model itself is that of the model.
func TestSlope(t *testing.T) {
	var points []Point
	for _, x := range []float64{-0.2, -0.1, 0.1, 0.2} {
		points = append(points, Point{Rate: 10 * (1 + x), Late: 1 / (1 + math.Exp(-logit(0.05)-15*x)), N: 1e6})
	}
	if got := Slope(points, 10, 0.95); math.Abs(got-15) > 0.05 {
		t.Errorf("slope %.3f, want 15", got)
	}
}
