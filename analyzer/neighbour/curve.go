package neighbour

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Curve is the latency of the abiding tenants of a setup at each level of disturbance.
type Curve struct {
	Setup    string           `json:"setup"`
	Quantile string           `json:"quantile"` // of the latencies: p95, p90 or p50
	Steps    []CurveStep      `json:"steps"`
	Average  finding.Quantity `json:"average"` // I_avg
}

// CurveStep is one level, over the trials.
type CurveStep struct {
	Level    float64          `json:"level"`   // scale of the disruptive scenario, 0: the baseline
	Load     float64          `json:"load"`    // 1/s, requests of all tenants
	Latency  finding.Quantity `json:"latency"` // s, of journeys of abiding tenants
	Slowdown finding.Quantity `json:"slowdown"`
	IQoS     finding.Quantity `json:"i_qos"`
}

// observed is what abiding tenants got in windows of one level.
type observed struct {
	latencies []uint32
	longest   float64
	byTenant  map[uint16][]uint32
	requests  int
	length    float64
}

// curves follows the slowdown over the levels of disruptive tenants, in each setup with at
// least two levels.
func curves(r *run.Run) ([]Curve, []finding.Finding) {
	var all []Curve
	var findings []finding.Finding
	for _, setup := range r.Setups {
		byLevel := map[float64]*observed{}
		for _, t := range r.TrialsOf(setup) {
			observe(r, t, byLevel)
		}
		if len(byLevel) < 3 || byLevel[0] == nil {
			continue // ISO-001 judges a single level
		}
		curve := curveOf(r, setup, byLevel)
		all = append(all, curve)
		findings = append(findings, curveFinding(curve))
	}
	return all, findings
}

// observe adds the windows of a trial to the levels. Its baseline is level 0.
func observe(r *run.Run, t *run.Trial, byLevel map[float64]*observed) {
	at := make([]*observed, len(t.Windows))
	for i, w := range t.Windows {
		var level float64
		switch {
		case w.Kind == results.WindowBaseline:
		case w.Kind == results.WindowNeighbor && w.Step != nil:
			level = w.Step.Level
		default:
			continue
		}
		if byLevel[level] == nil {
			byLevel[level] = &observed{byTenant: map[uint16][]uint32{}}
		}
		at[i] = byLevel[level]
		at[i].length += (w.To - w.From).Seconds()
	}
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if rec.Window < 0 || at[rec.Window] == nil || !r.Abiding[rec.Tenant] {
			continue
		}
		f := at[rec.Window]
		f.latencies = append(f.latencies, rec.Waited())
		f.byTenant[rec.Tenant] = append(f.byTenant[rec.Tenant], rec.Waited())
		f.longest = max(f.longest, float64(rec.Latency)/1e6)
	}
	for i := range t.Steps {
		if rec := &t.Steps[i]; rec.Window >= 0 && at[rec.Window] != nil {
			at[rec.Window].requests++
		}
	}
}

// curveOf compares every level with the baseline, at the highest percentile that has an
// interval in all of them.
func curveOf(r *run.Run, setup string, byLevel map[float64]*observed) Curve {
	percentileAt := run.P50
	for _, i := range []int{run.P90, run.P95} {
		bounded := true
		for _, f := range byLevel {
			bounded = bounded && hasInterval(quantile.Of(run.Seconds(f.latencies), run.Levels()[i], r.Options.Level))
		}
		if bounded {
			percentileAt = i
		}
	}
	p, name := run.Levels()[percentileAt], run.LevelNames()[percentileAt]
	base := byLevel[0]
	reference := quantile.Of(run.Seconds(base.latencies), p, r.Options.Level)
	curve := Curve{Setup: setup, Quantile: name}
	var impacts []float64
	for level, f := range byLevel {
		e := quantile.Of(run.Seconds(f.latencies), p, r.Options.Level)
		step := CurveStep{Level: level, Load: float64(f.requests) / f.length,
			Latency:  finding.Percentile(e, f.longest, name+" of journeys of abiding tenants"),
			Slowdown: finding.None("ratio", name, 0, "the baseline itself"), IQoS: finding.None("ratio", "I_QoS", 0,
				"the baseline itself")}
		if level > 0 {
			step.Slowdown = slowdownFigure(mixed{pooled: reference}, mixed{pooled: e, longest: f.longest}, r.Options.Level, name)
			impact := stepImpact(base, f, p)
			step.IQoS = finding.Number(impact, "ratio", "I_QoS: relative growth of the "+name+" of tenants over relative growth "+
				"of the requests", 1)
			if !step.IQoS.Missing {
				impacts = append(impacts, impact)
			}
		}
		curve.Steps = append(curve.Steps, step)
	}
	slices.SortFunc(curve.Steps, func(a, b CurveStep) int { return cmp.Compare(a.Level, b.Level) })
	curve.Average = finding.Number(isolation.ImpactOver(impacts), "ratio", "I_avg: mean of I_QoS over the levels", len(impacts))
	return curve
}

// stepImpact returns the I_QoS of one level, over the tenants with arrivals in both.
func stepImpact(base, f *observed, p float64) float64 {
	var ref, disr []float64
	for tenant, before := range base.byTenant {
		if under := f.byTenant[tenant]; len(under) > 0 {
			ref, disr = append(ref, type1(before, p)), append(disr, type1(under, p))
		}
	}
	return isolation.Impact(ref, disr, float64(base.requests)/base.length, float64(f.requests)/f.length)
}

// type1 returns the type 1 percentile of a sample of µs, in s.
func type1(us []uint32, p float64) float64 {
	x := run.Seconds(us)
	slices.Sort(x)
	return quantile.Type1(x, p)
}

// curveFinding is ISO-004: the slowdown at each level, and I_avg.
func curveFinding(curve Curve) finding.Finding {
	var because []string
	for _, s := range curve.Steps {
		if s.Level > 0 && !s.Slowdown.Missing {
			because = append(because, fmt.Sprintf("At scale %g the %s of abiding tenants is %s%s times that of the baseline.", s.Level,
				strings.ToUpper(curve.Quantile), finding.Above(s.Slowdown), finding.Bare(s.Slowdown)))
		}
	}
	because = append(because, impactScale)
	return finding.New("ISO-004", finding.Info, finding.Scope{Setup: curve.Setup, Tenant: finding.Everyone},
		because...).With(curve.Average)
}
