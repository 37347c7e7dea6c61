package finding

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
)

// Quantity is a figure with what is known about its uncertainty.
type Quantity struct {
	Value    float64  `json:"value"`
	Lo       *float64 `json:"lo,omitempty"` // interval; nil when there is no bound, Warnings has the reason
	Hi       *float64 `json:"hi,omitempty"`
	N        int      `json:"n"`
	Unit     string   `json:"unit"` // s, 1/s, 1/h, ratio, share, share·s, count, min, a currency
	Method   string   `json:"method"`
	Level    float64  `json:"level,omitempty"`    // confidence level of Lo..Hi
	Censored bool     `json:"censored,omitempty"` // the true value lies beyond Value
	Missing  bool     `json:"missing,omitempty"`  // there is no figure; Warnings has the reason
	Need     int      `json:"need,omitempty"`     // samples that a refused percentile needs, with Missing
	Warnings []string `json:"warnings,omitempty"`
}

// How latencies are measured, as reports print it.
const (
	MethodLatency = "type 1 percentile of all arrivals from intended start, unserved ones sort last; " + intervalOfLevel
	MethodService = "type 1 percentile of served arrivals from actual start; " + intervalOfLevel

	intervalOfLevel = "interval for a further trial: moderated t, widened for dependence"
)

// None returns a figure that cannot be given, with the reason.
func None(unit, method string, n int, why string) Quantity {
	return Quantity{Missing: true, N: n, Unit: unit, Method: method, Warnings: []string{why}}
}

// Number returns a figure without an interval. NaN and infinite values are missing.
func Number(v float64, unit, method string, n int, warnings ...string) Quantity {
	if Finite(v) == nil {
		return None(unit, method, n, "no data")
	}
	return Quantity{Value: v, Unit: unit, Method: method, N: n, Warnings: warnings}
}

// Finite returns a pointer to a value, nil for NaN and infinite values.
func Finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Bounded adds an interval. A side that is NaN or infinite is left out, with a warning.
func (q Quantity) Bounded(lo, hi, level float64) Quantity {
	if q.Missing {
		return q
	}
	q.Level = level
	q.Lo, q.Hi = Finite(lo), Finite(hi)
	switch {
	case q.Lo == nil && q.Hi == nil:
		q.Level = 0
	case q.Hi == nil:
		q.Warnings = append(q.Warnings, "no upper bound: not enough data above it")
	case q.Lo == nil:
		q.Warnings = append(q.Warnings, "no lower bound: not enough data")
	}
	return q
}

// ShareOf returns the share k/n of independent events with its Wilson interval.
func ShareOf(k, n int, method string, confidence float64) Quantity {
	share := float64(k) / float64(n)
	lo, hi := resilience.Wilson(share, float64(n), confidence)
	return Number(share, "share", method, n).Bounded(lo, hi, confidence)
}

// Percentile returns a percentile in seconds, with its interval at a level. longest is the
// largest latency seen, of any outcome: a percentile among unserved arrivals lies above it.
func Percentile(e level.Percentile, longest, confidence float64, method string) Quantity {
	q := Quantity{N: e.Arrivals, Unit: "s", Method: method}
	need := quantile.MinSamples(e.P, confidence)
	switch {
	case e.Arrivals == 0:
		return None("s", method, 0, "no arrivals")
	case e.Arrivals < need:
		q.Missing, q.Need = true, need
		q.Warnings = []string{fmt.Sprintf("%s: P%g needs %s", Plural(e.Arrivals, "arrival"), 100*e.P, Count(need))}
		return q
	case math.IsInf(e.Value, 1):
		q.Value, q.Censored = longest, true
		q.Warnings = []string{fmt.Sprintf("more than %s of the arrivals were not served", Share(1-e.P))}
		if !(longest > 0) {
			q.Missing = true
		}
		return q
	}
	q.Value = e.Value
	if e.Why != "" {
		q.Warnings = []string{"no interval: " + e.Why}
		return q
	}
	lo, hi := e.Interval(confidence)
	return q.Bounded(lo, hi, confidence)
}

// RatioOf returns a ratio with its interval. A lower bound of 0 is none.
func RatioOf(b compare.Bounded, n int, level float64, method string, warnings ...string) Quantity {
	q := Number(b.Value, "ratio", method, n, warnings...)
	if q.Missing {
		return q
	}
	lo := b.Lo
	if lo == 0 {
		lo = math.Inf(-1)
	}
	return q.Bounded(lo, b.Hi, level)
}

// RatioBounds returns the bounds of a ratio as far as they are known, else 0 and +Inf.
func RatioBounds(q Quantity) (lo, hi float64) {
	lo, hi = 0, math.Inf(1)
	switch {
	case q.Missing:
	case q.Censored:
		lo = q.Value
	default:
		if q.Lo != nil {
			lo = *q.Lo
		}
		if q.Hi != nil {
			hi = *q.Hi
		}
	}
	return lo, hi
}
