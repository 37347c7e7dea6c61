package analyzer

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// mostBins bounds the length of a curve, so that a report of a long run stays
// readable: bins grow beyond a second for trials of more than an hour.
const mostBins = 3600

// views are the curves of each trial for drawing.
func (d *dataset) views() []TrialView {
	var all []TrialView
	for _, t := range d.trials {
		v := TrialView{Trial: t.Trial, Injections: t.Injections, Windows: t.windows, Bin: 1}
		if s := t.end.Seconds(); s > mostBins {
			v.Bin = math.Ceil(s / mostBins)
		}
		for tenant := everyone; tenant < d.tenants.len(); tenant++ {
			v.Curves = append(v.Curves, d.curves(t, tenant, v.Bin)...)
		}
		v.Spectrum = d.spectrum(t)
		all = append(all, v)
	}
	return all
}

// curves are the lines of one tenant, or of all abiding ones together. A bin
// without arrivals has rates of 0 and no percentiles; a percentile that falls among
// the unserved is left out, and the curves of errors show why.
func (d *dataset) curves(t *trialData, tenant int, bin float64) []Curve {
	n := int(math.Ceil(t.end.Seconds() / bin))
	if n <= 0 || n > 10*mostBins {
		return nil
	}
	waited := make([][]uint32, n)
	counts := make([][]float64, d.outcomes.len())
	for i := range counts {
		counts[i] = make([]float64, n)
	}
	any := false
	for i := range t.journeys {
		r := &t.journeys[i]
		if tenant == everyone && !d.abiding[r.tenant] || tenant != everyone && int(r.tenant) != tenant {
			continue
		}
		at := int(r.at.Seconds() / bin)
		if r.at < 0 || at >= n {
			continue
		}
		any = true
		waited[at] = append(waited[at], r.waited())
		counts[r.outcome][at] += 1 / bin
	}
	if !any {
		return nil
	}
	return d.draw(d.tenantName(tenant), waited, counts, bin)
}

func (d *dataset) draw(tenant string, waited [][]uint32, counts [][]float64, bin float64) []Curve {
	n := len(waited)
	line := func(name, unit string, value func(bin int) float64) Curve {
		c := Curve{Name: name, Tenant: tenant, Unit: unit, Values: make([]*float64, n)}
		for i := range n {
			c.Values[i] = finite(value(i))
		}
		return c
	}
	for i := range waited {
		slices.Sort(waited[i])
	}
	at := func(p float64) func(int) float64 {
		return func(i int) float64 { return quantile.Type1(seconds(waited[i]), p) }
	}
	dropped := d.outcomes.index[string(results.Dropped)]
	served := d.outcomes.index[string(results.OK)]
	offered := func(i int) float64 { return float64(len(waited[i])) / bin }
	all := []Curve{
		line("p50", "s", at(0.5)),
		line("p95", "s", at(0.95)),
		line("offered", "1/s", offered),
		line("started", "1/s", func(i int) float64 { return max(0, offered(i)-counts[dropped][i]) }),
		line("good", "1/s", func(i int) float64 { return counts[served][i] }),
		line("errors", "1/s", func(i int) float64 { return max(0, offered(i)-counts[served][i]) }),
	}
	for o, c := range counts {
		if o != int(served) && slices.Max(c) > 0 {
			all = append(all, line("outcome:"+d.outcomes.list[o], "1/s", func(i int) float64 { return c[i] }))
		}
	}
	return all
}

// spectrum is the percentile spectrum of abiding tenants' journeys in each window.
func (d *dataset) spectrum(t *trialData) []SpectrumLine {
	perWindow := make([][]uint32, len(t.windows))
	for i := range t.journeys {
		if r := &t.journeys[i]; r.window >= 0 && d.abiding[r.tenant] {
			perWindow[r.window] = append(perWindow[r.window], r.waited())
		}
	}
	var lines []SpectrumLine
	for i, w := range t.windows {
		if w.Kind == results.WindowWarmup || len(perWindow[i]) == 0 {
			continue
		}
		slices.Sort(perWindow[i])
		line := SpectrumLine{Window: w.Name, N: len(perWindow[i])}
		for _, p := range quantile.Spectrum(seconds(perWindow[i]), 5) {
			line.Points = append(line.Points, [2]float64{p.Percentile, p.Seconds})
		}
		if len(line.Points) > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}
