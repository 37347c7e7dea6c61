package neighbour

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
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

// curves follows the slowdown over the levels of disruptive tenants, in each setup with at
// least two levels. All setups have one percentile and one set of weights.
func curves(r *run.Run) ([]Curve, []finding.Finding) {
	var all []Curve
	var findings []finding.Finding
	byTenant := pairs(r)
	for _, setup := range r.Setups {
		levels := levelsOf(byTenant[run.Everyone][setup])
		if len(levels) < 2 {
			continue // ISO-001 judges a single level
		}
		curve := curveOf(r, setup, levels, byTenant)
		all = append(all, curve)
		findings = append(findings, curveFinding(curve))
	}
	return all, findings
}

// levelsOf lists the scales of the disruptive tenants, ascending.
func levelsOf(trials []run.Conditions) []float64 {
	var levels []float64
	for _, t := range trials {
		for _, level := range t.Levels {
			if level > 0 && !slices.Contains(levels, level) {
				levels = append(levels, level)
			}
		}
	}
	slices.Sort(levels)
	return levels
}

// at are the trials with the blocks of one level alone.
func at(trials []run.Conditions, level float64) []run.Conditions {
	var out []run.Conditions
	for _, t := range trials {
		blocks := t.Neighbour
		t.Neighbour = nil
		for i, b := range blocks {
			if t.Levels[i] == level {
				t.Neighbour = append(t.Neighbour, b)
			}
		}
		if len(t.Neighbour) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// strataOver chooses for every level of every setup.
func strataOver(r *run.Run, of paired) run.Strata {
	var all []run.Conditions
	for _, trials := range of {
		for _, level := range levelsOf(trials) {
			all = append(all, at(trials, level)...)
		}
	}
	return r.Strata(all)
}

// curveOf compares every level with the baseline of the same trials.
func curveOf(r *run.Run, setup string, levels []float64, byTenant map[int]paired) Curve {
	strata := strataOver(r, byTenant[run.Everyone])
	name := percentileName(strata)
	first := compareOver(r, setup, run.Everyone, strata, byTenant[run.Everyone][setup])
	before := levelRate(r, setup, 0)
	none := finding.None("ratio", name, 0, "the baseline itself")
	curve := Curve{Setup: setup, Quantile: name, Steps: []CurveStep{{Load: before, Latency: first.latency(calmBlocks),
		Slowdown: none,
		IQoS:     none}}}
	var impacts []float64
	for _, level := range levels {
		c := compareOver(r, setup, run.Everyone, strata, at(byTenant[run.Everyone][setup], level))
		step := CurveStep{Level: level, Load: levelRate(r, setup, level), Latency: c.latency(neighbourBlocks),
			Slowdown: c.slowdown(r.Options.Level)}
		impact := levelImpact(r, setup, level, byTenant, before, step.Load)
		step.IQoS = finding.Number(impact, "ratio", "I_QoS: relative growth of the percentile of tenants over relative growth of the "+
			"requests", c.estimate.N)
		if !step.IQoS.Missing {
			impacts = append(impacts, impact)
		}
		curve.Steps = append(curve.Steps, step)
	}
	curve.Average = finding.Number(isolation.ImpactOver(impacts), "ratio", "I_avg: mean of I_QoS over the levels", len(impacts))
	return curve
}

// levelImpact returns the I_QoS of one level, over the tenants with enough arrivals.
func levelImpact(r *run.Run, setup string, level float64, byTenant map[int]paired, before, under float64) float64 {
	var ref, disr []float64
	for _, tenant := range r.AbidingTenants() {
		own := byTenant[tenant]
		strata := strataOver(r, own)
		trials := at(own[setup], level)
		if !strata.Known() || len(trials) == 0 {
			continue
		}
		c := compareOver(r, setup, tenant, strata, trials)
		base, _ := c.typical(calmBlocks)
		value, _ := c.typical(neighbourBlocks)
		ref, disr = append(ref, base), append(disr, value)
	}
	return isolation.Impact(ref, disr, before, under)
}

// levelRate returns the requests of all tenants a second at a level, of the baseline for 0.
func levelRate(r *run.Run, setup string, level float64) float64 {
	n, length := 0, 0.0
	for _, t := range r.TrialsOf(setup) {
		in := func(w results.Window) bool {
			if level == 0 {
				return w.Kind == results.WindowBaseline
			}
			return w.Kind == results.WindowNeighbor && w.Step != nil && w.Step.Level == level
		}
		for _, w := range t.Windows {
			if in(w) {
				length += (w.To - w.From).Seconds()
			}
		}
		for i := range t.Steps {
			if rec := &t.Steps[i]; rec.Window >= 0 && in(t.Windows[rec.Window]) {
				n++
			}
		}
	}
	return float64(n) / length
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
