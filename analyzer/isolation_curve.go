package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// IsolationCurve is what the abiding tenants of a setup feel at each level of
// disturbance.
type IsolationCurve struct {
	Setup    string          `json:"setup"`
	Quantile string          `json:"quantile"` // of the latencies: p95, p90 or p50
	Steps    []IsolationStep `json:"steps"`
	Average  Quantity        `json:"average"` // I_avg
}

// IsolationStep is one level, over the trials.
type IsolationStep struct {
	Level    float64  `json:"level"`   // scale of the disruptive scenario, 0: the baseline
	Load     float64  `json:"load"`    // requests of all tenants a second
	Latency  Quantity `json:"latency"` // s, of abiding tenants' journeys
	Slowdown Quantity `json:"slowdown"`
	IQoS     Quantity `json:"i_qos"`
}

// felt is what abiding tenants got in windows of one level.
type felt struct {
	latencies []uint32
	longest   float64
	byTenant  map[uint16][]uint32
	requests  int
	length    float64
}

// isolationCurves follows the slowdown over the steps of disruptive tenants, for each
// setup whose trials had them.
func (d *dataset) isolationCurves() ([]IsolationCurve, []Finding) {
	var all []IsolationCurve
	var findings []Finding
	for _, setup := range d.setups {
		byLevel := map[float64]*felt{}
		for _, t := range d.of(setup) {
			d.feel(t, byLevel)
		}
		if len(byLevel) < 3 || byLevel[0] == nil {
			continue // a single level is ISO-001's
		}
		curve := d.isolationCurve(setup, byLevel)
		all = append(all, curve)
		findings = append(findings, curveFinding(curve))
	}
	return all, findings
}

// feel adds a trial's windows to the levels; its baseline is level 0.
func (d *dataset) feel(t *trialData, byLevel map[float64]*felt) {
	at := make([]*felt, len(t.windows))
	for i, w := range t.windows {
		var level float64
		switch {
		case w.Kind == results.WindowBaseline:
		case w.Kind == results.WindowNeighbor && w.Step != nil:
			level = w.Step.Level
		default:
			continue
		}
		if byLevel[level] == nil {
			byLevel[level] = &felt{byTenant: map[uint16][]uint32{}}
		}
		at[i] = byLevel[level]
		at[i].length += (w.To - w.From).Seconds()
	}
	for i := range t.journeys {
		r := &t.journeys[i]
		if r.window < 0 || at[r.window] == nil || !d.abiding[r.tenant] {
			continue
		}
		f := at[r.window]
		f.latencies = append(f.latencies, r.waited())
		f.byTenant[r.tenant] = append(f.byTenant[r.tenant], r.waited())
		f.longest = max(f.longest, float64(r.latency)/1e6)
	}
	for i := range t.steps {
		if r := &t.steps[i]; r.window >= 0 && at[r.window] != nil {
			at[r.window].requests++
		}
	}
}

// isolationCurve sets every level against the baseline, at the highest percentile
// that has an interval in all of them.
func (d *dataset) isolationCurve(setup string, byLevel map[float64]*felt) IsolationCurve {
	percentileAt := atP50
	for _, i := range []int{atP90, atP95} {
		bounded := true
		for _, f := range byLevel {
			bounded = bounded && hasInterval(quantile.Of(seconds(f.latencies), levels()[i], d.opts.Level))
		}
		if bounded {
			percentileAt = i
		}
	}
	p, name := levels()[percentileAt], levelNames()[percentileAt]
	base := byLevel[0]
	reference := quantile.Of(seconds(base.latencies), p, d.opts.Level)
	curve := IsolationCurve{Setup: setup, Quantile: name}
	var impacts []float64
	for level, f := range byLevel {
		e := quantile.Of(seconds(f.latencies), p, d.opts.Level)
		step := IsolationStep{Level: level, Load: float64(f.requests) / f.length,
			Latency:  percentile(e, f.longest, name+" of abiding tenants' journeys"),
			Slowdown: none("ratio", name, 0, "the baseline itself"), IQoS: none("ratio", "I_QoS", 0, "the baseline itself")}
		if level > 0 {
			step.Slowdown = slowdownFigure(mixed{pooled: reference}, mixed{pooled: e, longest: f.longest}, d.opts.Level, name)
			impact := stepImpact(base, f, p)
			step.IQoS = number(impact, "ratio", "I_QoS: relative growth of the tenants' "+name+" over relative growth of the requests", 1)
			if !step.IQoS.Missing {
				impacts = append(impacts, impact)
			}
		}
		curve.Steps = append(curve.Steps, step)
	}
	slices.SortFunc(curve.Steps, func(a, b IsolationStep) int { return cmp.Compare(a.Level, b.Level) })
	curve.Average = number(isolation.ImpactOver(impacts), "ratio", "I_avg: mean of I_QoS over the levels", len(impacts))
	return curve
}

// stepImpact is I_QoS of one level, over the tenants that are in both.
func stepImpact(base, f *felt, p float64) float64 {
	var ref, disr []float64
	for tenant, before := range base.byTenant {
		if under := f.byTenant[tenant]; len(under) > 0 {
			ref, disr = append(ref, type1(before, p)), append(disr, type1(under, p))
		}
	}
	return isolation.Impact(ref, disr, float64(base.requests)/base.length, float64(f.requests)/f.length)
}

func type1(us []uint32, p float64) float64 {
	x := seconds(us)
	slices.Sort(x)
	return quantile.Type1(x, p)
}

// curveFinding is ISO-004.
func curveFinding(curve IsolationCurve) Finding {
	var because []string
	for _, s := range curve.Steps {
		if s.Level > 0 && !s.Slowdown.Missing {
			because = append(because, fmt.Sprintf("At scale %g the %s of abiding tenants is %s%s times that of the baseline.", s.Level,
				strings.ToUpper(curve.Quantile), above(s.Slowdown), plain(s.Slowdown)))
		}
	}
	because = append(because, "0 is perfect isolation; 1 means that latency grows in proportion to the whole load.")
	return finding("ISO-004", Info, Scope{Setup: curve.Setup, Tenant: Everyone}, because...).with(curve.Average)
}
