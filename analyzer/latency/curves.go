package latency

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// views returns the curves of each trial, of the shown tenants where there are many.
func views(r *run.Run, spread *Spread) []TrialView {
	var all []TrialView
	for _, t := range r.Trials {
		v := TrialView{Trial: t.Trial, Injections: t.Injections, Windows: t.Windows, Bin: 1}
		if s := t.End.Seconds(); s > run.MostBins {
			v.Bin = math.Ceil(s / run.MostBins)
		}
		for tenant := run.Everyone; tenant < r.Tenants.Len(); tenant++ {
			if tenant == run.Everyone || spread == nil || slices.Contains(spread.Shown, r.TenantName(tenant)) {
				v.Curves = append(v.Curves, curves(r, t, tenant, v.Bin)...)
			}
		}
		v.Spectrum = spectrum(r, t)
		all = append(all, v)
	}
	return all
}

// curves returns the lines of one tenant, or of all abiding ones. A bin without arrivals has
// rates of 0 and no percentiles. A percentile among unserved arrivals is left out; the
// curve of errors shows them.
func curves(r *run.Run, t *run.Trial, tenant int, bin float64) []Curve {
	n := int(math.Ceil(t.End.Seconds() / bin))
	if n <= 0 || n > 10*run.MostBins {
		return nil
	}
	waited := make([][]uint32, n)
	counts := make([][]float64, r.Outcomes.Len())
	for i := range counts {
		counts[i] = make([]float64, n)
	}
	any := false
	for rec := range r.JourneysOf(t, tenant) {
		at := int(rec.At.Seconds() / bin)
		if rec.At < 0 || at >= n {
			continue
		}
		any = true
		waited[at] = append(waited[at], rec.Waited())
		counts[rec.Outcome][at] += 1 / bin
	}
	if !any {
		return nil
	}
	return draw(r, r.TenantName(tenant), waited, counts, bin)
}

// draw turns the latencies and outcome rates of each bin into lines.
func draw(r *run.Run, tenant string, waited [][]uint32, counts [][]float64, bin float64) []Curve {
	n := len(waited)
	line := func(name, unit string, value func(bin int) float64) Curve {
		c := Curve{Name: name, Tenant: tenant, Unit: unit, Values: make([]*float64, n)}
		for i := range n {
			c.Values[i] = finding.Finite(value(i))
		}
		return c
	}
	for i := range waited {
		slices.Sort(waited[i])
	}
	at := func(p float64) func(int) float64 {
		return func(i int) float64 { return quantile.Type1(run.Seconds(waited[i]), p) }
	}
	dropped := r.Outcomes.Index[string(results.Dropped)]
	served := r.Outcomes.Index[string(results.OK)]
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
			all = append(all, line("outcome:"+r.Outcomes.List[o], "1/s", func(i int) float64 { return c[i] }))
		}
	}
	return all
}

// spectrum returns the percentile spectrum of the journeys of abiding tenants in each window.
func spectrum(r *run.Run, t *run.Trial) []SpectrumLine {
	perWindow := make([][]uint32, len(t.Windows))
	for i := range t.Journeys {
		if rec := &t.Journeys[i]; rec.Window >= 0 && r.Abiding[rec.Tenant] {
			perWindow[rec.Window] = append(perWindow[rec.Window], rec.Waited())
		}
	}
	var lines []SpectrumLine
	for i, w := range t.Windows {
		if w.Kind == results.WindowWarmup || len(perWindow[i]) == 0 {
			continue
		}
		slices.Sort(perWindow[i])
		line := SpectrumLine{Window: w.Name, N: len(perWindow[i])}
		for _, p := range quantile.Spectrum(run.Seconds(perWindow[i]), 5) {
			line.Points = append(line.Points, [2]float64{p.Percentile, p.Seconds})
		}
		if len(line.Points) > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}
