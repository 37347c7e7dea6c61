package run

import (
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Options are the promises that a run is held to where no objective states them.
// The zero value means the defaults.
type Options struct {
	Level       float64 // confidence level of intervals, default 0.95
	MaxSlowdown float64 // an abiding tenant may become so many times slower under a disruptive one, default 2
	MaxRecovery float64 // s from a fault's removal to service as usual, default 30
	MaxAlert    float64 // s from a fault's injection to the first alert, 0: not judged
	Margin      float64 // ratios within 1/Margin..Margin are no material difference, default 1.1
}

// HeldTo fills in what the experiment itself promised where the caller asked for
// nothing else.
func (o Options) HeldTo(p *results.Promises) Options {
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

func (o Options) OrDefaults() Options {
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

// Resamples is how often runs are resampled for an interval.
const Resamples = 2000

// EnoughTrials is the number of trials from which on resampling them says something.
const EnoughTrials = 3
