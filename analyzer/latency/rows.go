package latency

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Rows are the tables of windows and steps, and the curves of each trial.
type Rows struct {
	Windows []WindowRow
	Steps   []StepRow
	Trials  []TrialView
	Spread  *Spread
}

// WindowRow describes one journey of one tenant in one window of a setup, over its trials.
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

// StepRow describes one step in one window of a setup, over its trials and abiding tenants.
type StepRow struct {
	Setup    string                  `json:"setup"`
	Window   string                  `json:"window"`
	Step     string                  `json:"step"`
	Count    int                     `json:"count"`
	Outcomes map[results.Outcome]int `json:"outcomes"`
	Latency  Percentiles             `json:"latency"`
	Service  Percentiles             `json:"service"`
}

// Percentiles are those of one group, in s.
type Percentiles struct {
	P50 finding.Quantity `json:"p50"`
	P90 finding.Quantity `json:"p90"`
	P95 finding.Quantity `json:"p95"`
	P99 finding.Quantity `json:"p99"`
}

// TrialView has the curves of one trial, one value for each bin.
type TrialView struct {
	Trial      results.Trial       `json:"trial"`
	Injections []results.Injection `json:"injections"`
	Windows    []results.Window    `json:"windows"` // as they happened
	Bin        float64             `json:"bin_s"`
	Curves     []Curve             `json:"curves"`
	Spectrum   []SpectrumLine      `json:"spectrum"`
}

// Curve is one series over a trial, one value for each bin; nil where there is none.
//
// The names are p50 and p95 (s, from intended start), offered, started, good and errors
// (1/s), and outcome:<class> (1/s) for each outcome class other than ok that occurred.
type Curve struct {
	Name   string     `json:"name"`
	Tenant string     `json:"tenant"` // "*": all abiding tenants
	Unit   string     `json:"unit"`
	Values []*float64 `json:"values"`
}

// SpectrumLine is the percentile spectrum (HDR plot) of one window.
type SpectrumLine struct {
	Window string       `json:"window"`
	N      int          `json:"n"`      // samples behind the curve
	Points [][2]float64 `json:"points"` // percentile 0..100, seconds
}
