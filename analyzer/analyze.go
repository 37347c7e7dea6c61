package analyzer

import (
	"errors"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// SchemaVersion is the version of the judgement as JSON.
const SchemaVersion = 1

// Options are the promises that a run is held to where no objective states them.
// The zero value means the defaults.
type Options struct {
	Level       float64 // confidence level of intervals, default 0.95
	MaxSlowdown float64 // an abiding tenant may become so many times slower under a disruptive one, default 2
	MaxRecovery float64 // s from a fault's removal to service as usual, default 30
	MaxAlert    float64 // s from a fault's injection to the first alert, 0: not judged
	Margin      float64 // ratios within 1/Margin..Margin are no material difference, default 1.1
}

// heldTo fills in what the experiment itself promised where the caller asked for
// nothing else.
func (o Options) heldTo(p *results.Promises) Options {
	if p == nil {
		return o
	}
	if !(o.MaxSlowdown > 0) {
		o.MaxSlowdown = p.Slowdown
	}
	if !(o.MaxRecovery > 0) {
		o.MaxRecovery = p.Recovery
	}
	if !(o.MaxAlert > 0) {
		o.MaxAlert = p.Alert
	}
	return o
}

func (o Options) orDefaults() Options {
	fill := func(v *float64, value float64) {
		if !(*v > 0) {
			*v = value
		}
	}
	fill(&o.Level, quantile.Level)
	fill(&o.MaxSlowdown, 2)
	fill(&o.MaxRecovery, 30)
	fill(&o.Margin, 1.1)
	return o
}

// Analyze judges a run: complete, halted, or what a killed harness left of it.
// What cannot be read or computed becomes a finding; an error means that there is
// no run at all.
func Analyze(run *results.Run, opts Options) (*Judgement, error) {
	if run == nil {
		return nil, errors.New("analyze: no run")
	}
	return judge(run, sources(run), opts), nil
}

// judge does what [Analyze] says, on rows from anywhere.
func judge(run *results.Run, trials []source, opts Options) *Judgement {
	d := load(run, trials, opts.heldTo(run.Manifest.Promises).orDefaults())
	d.describe()
	j := &Judgement{Schema: SchemaVersion, Manifest: run.Manifest, Windows: d.windowRows, Steps: d.stepRows}
	j.add(d.validity()...)
	j.add(d.latencies()...)
	rows, findings := d.objectives()
	j.Objectives = rows
	j.add(findings...)
	j.Recoveries, findings = d.recoveries()
	j.add(findings...)
	j.add(d.sessions()...)
	j.add(d.conflicts()...)
	j.add(d.durability()...)
	j.Isolation, findings = d.isolation()
	j.add(findings...)
	j.Compared, findings = d.compared()
	j.add(findings...)
	j.Available, j.Budgets = d.available(), d.budgets()
	j.Links, findings = d.linked()
	j.add(findings...)
	j.Effects, findings = d.faultEffects()
	j.add(findings...)
	j.Capacity, findings = d.capacities()
	j.add(findings...)
	j.Curves, findings = d.isolationCurves()
	j.add(findings...)
	j.Ratios, findings = d.isolationRatios()
	j.add(findings...)
	j.Throughput = d.throughput()
	j.Drills, findings = d.drills()
	j.add(findings...)
	j.Background, findings = d.background()
	j.add(findings...)
	j.Calls, findings = d.carrierCalls()
	j.add(findings...)
	j.Backlogs, findings = d.backlogs()
	j.add(findings...)
	j.Trials = d.views()
	j.Verdict, j.Reason = decide(j.Findings)
	j.Scorecards = d.scorecards(j)
	return j
}

func (j *Judgement) add(findings ...Finding) { j.Findings = append(j.Findings, findings...) }
