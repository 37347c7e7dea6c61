package latency

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// WindowRow describes one tenant in one window of one setup, over its trials:
// journeys as a whole.
type WindowRow struct {
	Setup    string                  `json:"setup"`
	Window   string                  `json:"window"`
	Kind     string                  `json:"kind"`
	Tenant   string                  `json:"tenant"` // "*": all abiding tenants
	Journey  string                  `json:"journey"`
	Seconds  float64                 `json:"seconds"`
	Offered  int                     `json:"offered"`
	Good     int                     `json:"good"`
	Outcomes map[results.Outcome]int `json:"outcomes"`
	Latency  Percentiles             `json:"latency"` // from intended start
	Service  Percentiles             `json:"service"`
}

// StepRow is the same for one step, over the abiding tenants.
type StepRow struct {
	Setup    string                  `json:"setup"`
	Window   string                  `json:"window"`
	Step     string                  `json:"step"`
	Count    int                     `json:"count"`
	Outcomes map[results.Outcome]int `json:"outcomes"`
	Latency  Percentiles             `json:"latency"`
	Service  Percentiles             `json:"service"`
}

// Percentiles of one group, in seconds.
type Percentiles struct {
	P50 finding.Quantity `json:"p50"`
	P90 finding.Quantity `json:"p90"`
	P95 finding.Quantity `json:"p95"`
	P99 finding.Quantity `json:"p99"`
}

// TrialView holds the curves of one trial for drawing, in bins.
type TrialView struct {
	Trial      results.Trial       `json:"trial"`
	Injections []results.Injection `json:"injections"`
	Windows    []results.Window    `json:"windows"` // as cut by what really happened
	Bin        float64             `json:"bin_s"`
	Curves     []Curve             `json:"curves"`
	Spectrum   []SpectrumLine      `json:"spectrum"`
}

// Curve is one series over a trial, one value a bin; NaN is encoded as null.
//
// Names: p50, p95 (s, from intended start); offered (arrivals planned), started,
// good, errors (1/s); outcome:<class> (1/s) for each outcome class that occurred
// besides ok. Tenant "*" is all abiding tenants together.
type Curve struct {
	Name   string     `json:"name"`
	Tenant string     `json:"tenant"`
	Unit   string     `json:"unit"`
	Values []*float64 `json:"values"`
}

// SpectrumLine is a percentile spectrum (HDR plot) of one window.
type SpectrumLine struct {
	Window string       `json:"window"`
	N      int          `json:"n"`      // samples behind the curve
	Points [][2]float64 `json:"points"` // percentile 0..100, seconds
}

// Rows are the tables of windows and steps, and the curves of each trial.
type Rows struct {
	Windows []WindowRow
	Steps   []StepRow
	Trials  []TrialView
}
