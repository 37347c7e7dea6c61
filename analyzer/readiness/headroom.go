package readiness

import (
	"cmp"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// headroom compares the capacity and each resource with the forecast.
func (a *answering) headroom() {
	p := a.pack.Plan
	if p == nil {
		return
	}
	row, _ := a.all.Capacity(a.pack.Setup)
	for _, op := range []results.Op{results.OpOrder, results.OpShip, results.OpInvoice, results.OpReceive, results.OpPay} {
		f, asked := a.q.Forecast.Documents[op]
		per := perArrival(row, op)
		if !asked {
			continue
		}
		bounds := a.q.Forecast.Intervals[op]
		d := Document{Document: op, Run: a.q.Capacity,
			Forecast: finding.Number(f.Value, "1/h", "forecast", 1).Bounded(bounds.Low, bounds.High, a.q.Forecast.Level)}
		z := distuv.UnitNormal.Quantile(0.95) * p.Capacity.Spread
		d.Carried = finding.Number(3600*p.Capacity.Value*per, "1/h", "capacity over trials times documents an arrival", 1)
		if p.Capacity.AtLeast {
			d.Carried.Censored = true
		} else {
			d.Carried = d.Carried.Bounded(d.Carried.Value*math.Exp(-z), d.Carried.Value*math.Exp(z), confidence)
		}
		d.Headroom = finding.Number(d.Carried.Value/f.Value-1, "share", "carried over forecast, less one", 1)
		d.Headroom.Censored = d.Carried.Censored
		a.pack.Documents = append(a.pack.Documents, d)
	}
	top := p.Forecast.Value * peakFactor(p.Shape)
	for _, res := range a.all.Resources[a.pack.Setup] {
		full, measured := res.FullAt()
		r := Resource{Name: res.Name, Component: res.Component, Series: res.Series, AtPeak: res.At(top), FullAt: full / top,
			Measured: measured, Run: a.q.Capacity}
		if !(full > 0) || math.IsInf(full, 0) {
			r.FullAt = 0 // not used at any load
		}
		r.FullOn = growsTo(r.FullAt, a.q.Forecast.Growth, a.q.CutOff)
		a.pack.Resources = append(a.pack.Resources, r)
	}
	slices.SortStableFunc(a.pack.Resources, func(x, y Resource) int {
		return cmp.Or(cmp.Compare(y.AtPeak, x.AtPeak), cmp.Compare(x.Name, y.Name))
	})
}

// confidence is that of the intervals of a pack.
const confidence = 0.9

// peakFactor is the highest part of the window over its mean.
func peakFactor(shape []float64) float64 {
	if len(shape) == 0 {
		return 1
	}
	sum := 0.0
	for _, s := range shape {
		sum += s
	}
	return slices.Max(shape) * float64(len(shape)) / sum
}

// growsTo is the date on which the load is a factor of the peak's; nil without growth, for a
// factor that is not known, or later than anyone plans for.
func growsTo(factor, growth float64, peak time.Time) *time.Time {
	const year, horizon = 365.25 * 24 * float64(time.Hour), 20
	if !(factor > 0) || !(growth > 0) {
		return nil
	}
	years := math.Log(factor) / math.Log1p(growth)
	if years > horizon {
		return nil
	}
	at := peak.Add(time.Duration(years * year))
	return &at
}

// drills fills each domain of reliability from the newest run that measured it. The age of
// every domain is stated; one that is too old keeps its verdict and is marked.
func (a *answering) drills() {
	for _, name := range a.q.Drills {
		a.evidence(name, "drill", nil)
	}
	var order []string
	best := map[string]Domain{}
	for _, r := range a.pack.Runs {
		e := a.runs[r.Name]
		if e == nil || e.Judgement.Verdict == finding.Invalid {
			continue
		}
		age := a.now.Sub(e.Judgement.Manifest.Started)
		for _, card := range e.Judgement.Scorecards {
			if card.Setup != a.pack.Setup {
				continue
			}
			for _, d := range card.Domains {
				is := Domain{ScoreDomain: d, Run: r.Name, Age: age.Seconds(), Old: a.q.MaxAge > 0 && age > a.q.MaxAge}
				was, known := best[d.Name]
				if !known {
					order = append(order, d.Name)
				}
				if !known || better(is, was) {
					best[d.Name] = is
				}
			}
		}
	}
	for _, name := range order {
		d := best[name]
		if d.Missing != "" {
			d.Run, d.Age = "", 0
			a.pack.NotTested = append(a.pack.NotTested, d.Name+": measured by "+d.Missing)
		}
		a.pack.Domains = append(a.pack.Domains, d)
	}
	for _, cell := range a.pack.Matrix {
		for _, m := range cell.Missing {
			a.pack.NotTested = append(a.pack.NotTested, cell.Fault+": "+m)
		}
	}
}

// better prefers what was measured, then what has a verdict, then what is worse among runs of
// the same peak, then the newer.
func better(a, b Domain) bool {
	measured := func(d Domain) bool { return d.Missing == "" }
	judged := func(d Domain) bool { return d.Verdict != finding.Info }
	switch {
	case measured(a) != measured(b):
		return measured(a)
	case a.Old != b.Old:
		return b.Old
	case judged(a) != judged(b):
		return judged(a)
	case finding.Severity(a.Verdict) != finding.Severity(b.Verdict):
		return finding.Severity(a.Verdict) > finding.Severity(b.Verdict)
	}
	return a.Age < b.Age
}
