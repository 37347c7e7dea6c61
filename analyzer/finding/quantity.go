package finding

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/compare"
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
	MethodLatency = "type 1 percentile of all arrivals from intended start, unserved ones sort last; " +
		"order-statistic interval widened for autocorrelation"
	MethodService = "type 1 percentile of served arrivals from actual start; order-statistic interval widened for autocorrelation"
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
func ShareOf(k, n int, method string, level float64) Quantity {
	share := float64(k) / float64(n)
	lo, hi := resilience.Wilson(share, float64(n), level)
	return Number(share, "share", method, n).Bounded(lo, hi, level)
}

// Percentile returns an estimate in seconds. longest is the largest latency seen, of any
// outcome: a censored percentile lies above it.
func Percentile(e quantile.Estimate, longest float64, method string) Quantity {
	q := Quantity{N: e.N, Unit: "s", Method: method}
	switch {
	case e.N == 0:
		return None("s", method, 0, "no arrivals")
	case e.Refused:
		q.Missing, q.Need = true, e.Need
		q.Warnings = []string{fmt.Sprintf("%s: P%g needs %s", Plural(e.N, "arrival"), 100*e.P, Count(e.Need))}
		return q
	case e.Censored:
		q.Value, q.Censored = longest, true
		q.Warnings = []string{fmt.Sprintf("more than %s of the arrivals were not served", Share(1-e.P))}
		if !(longest > 0) {
			q.Missing = true
		}
		return q
	}
	q.Value = e.Value
	q = q.Bounded(e.Lo, e.Hi, e.Level)
	if e.Short && e.Inflation > 4 && e.Effective < float64(quantile.MinSamples(e.P, e.Level)) {
		q.Warnings = append(q.Warnings, fmt.Sprintf("strongly autocorrelated: %s are worth about %.0f independent ones",
			Plural(e.N, "arrival"), e.Effective))
	}
	return q
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

// BoundedOf returns an estimate with its interval, to make a ratio of. A missing bound is
// 0 or +Inf.
func BoundedOf(e quantile.Estimate) compare.Bounded {
	if e.Refused || e.N == 0 {
		return compare.Bounded{Value: math.NaN(), Lo: 0, Hi: math.Inf(1)}
	}
	return compare.Bounded{Value: e.Value, Lo: max(e.Lo, 0), Hi: e.Hi}
}
