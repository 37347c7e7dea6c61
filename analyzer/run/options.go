package run

import (
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Options are the limits that a run is held to where no objective states them, and the bound
// on its memory. The zero value means the defaults.
type Options struct {
	Level       float64 // confidence level of intervals, default 0.95
	MaxSlowdown float64 // of an abiding tenant under a disruptive one, ratio, default 2
	Percentile  float64 // of the latencies that are compared; 0: the highest with enough arrivals
	MaxRecovery float64 // s from a fault's removal to service as usual, default 30
	MaxAlert    float64 // s from a fault's injection to the first alert, 0: not judged
	Margin      float64 // ratios within 1/Margin..Margin are no material difference, default 1.1
	OnHeap      int64   // bytes of records on the heap, the rest is in mapped files; default 512 MB
}

// HeldTo fills in the limits of the experiment where the caller set none.
func (o Options) HeldTo(p *results.Promises) Options {
	if p == nil {
		return o
	}
	fill(&o.MaxSlowdown, p.Slowdown)
	fill(&o.Percentile, p.Percentile)
	fill(&o.MaxRecovery, p.Recovery)
	fill(&o.MaxAlert, p.Alert)
	return o
}

// OrDefaults fills in the default of every option that is not set.
func (o Options) OrDefaults() Options {
	fill(&o.Level, quantile.Level)
	fill(&o.MaxSlowdown, 2)
	fill(&o.MaxRecovery, 30)
	fill(&o.Margin, 1.1)
	return o
}

// fill sets an option that is not above 0, or is NaN.
func fill(option *float64, value float64) {
	if !(*option > 0) {
		*option = value
	}
}

// Resamples is how often trials are resampled for an interval, and EnoughTrials how many
// trials that needs.
const (
	Resamples    = 2000
	EnoughTrials = 3
)
