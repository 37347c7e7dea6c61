package finding

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
)

// Plain words a figure with its interval.
func Plain(q Quantity) string {
	if q.Lo == nil || q.Hi == nil {
		return fmt.Sprintf("%.3g", q.Value)
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]", q.Value, *q.Lo, *q.Hi)
}

// How figures were made, as reports print it.
const (
	MethodLatency = "type 1 percentile of all arrivals from intended start, unserved ones sort last; " +
		"order-statistic interval widened for autocorrelation"
	MethodService = "type 1 percentile of served arrivals from actual start; order-statistic interval widened for autocorrelation"
)

// None is a figure that cannot be given.
func None(unit, method string, n int, why string) Quantity {
	return Quantity{Missing: true, N: n, Unit: unit, Method: method, Warnings: []string{why}}
}

// Finite returns a pointer to a value, nil when it is no number.
func Finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Number is a figure without an interval; missing when it is no number.
func Number(v float64, unit, method string, n int, warnings ...string) Quantity {
	if Finite(v) == nil {
		return None(unit, method, n, "no data")
	}
	return Quantity{Value: v, Unit: unit, Method: method, N: n, Warnings: warnings}
}

// ShareOf is a share of independent events with its Wilson interval.
func ShareOf(k, n int, method string, level float64) Quantity {
	share := float64(k) / float64(n)
	lo, hi := resilience.Wilson(share, float64(n), level)
	return Number(share, "share", method, n).Bounded(lo, hi, level)
}

// Bounded adds an interval to a figure; one that is open on a side is left out
// with a warning.
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
		q.Warnings = append(q.Warnings, "no upper bound: the data end before it")
	case q.Lo == nil:
		q.Warnings = append(q.Warnings, "no lower bound: too few data")
	}
	return q
}

// Percentile words an estimate. longest is the largest latency that was seen, of
// whatever outcome: what a censored percentile is certainly above.
func Percentile(e quantile.Estimate, longest float64, method string) Quantity {
	q := Quantity{N: e.N, Unit: "s", Method: method}
	switch {
	case e.N == 0:
		return None("s", method, 0, "no arrivals")
	case e.Refused:
		q.Missing, q.Need = true, e.Need
		q.Warnings = []string{fmt.Sprintf("%d arrivals are too few for P%g, it takes %d", e.N, 100*e.P, e.Need)}
		return q
	case e.Censored:
		q.Value, q.Censored = longest, true
		q.Warnings = []string{fmt.Sprintf("more than %.3g %% of the arrivals were not served", 100*(1-e.P))}
		if !(longest > 0) {
			q.Missing = true
		}
		return q
	}
	q.Value = e.Value
	q = q.Bounded(e.Lo, e.Hi, e.Level)
	if e.Short && e.Inflation > 4 && e.Effective < float64(quantile.MinSamples(e.P, e.Level)) {
		q.Warnings = append(q.Warnings, fmt.Sprintf("strongly autocorrelated: %d arrivals are worth about %.0f independent ones",
			e.N, e.Effective))
	}
	return q
}

// RatioOf words a ratio from within runs.
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

// BoundedOf takes an estimate's interval for a ratio: no bound is 0 or +Inf.
func BoundedOf(e quantile.Estimate) compare.Bounded {
	if e.Refused || e.N == 0 {
		return compare.Bounded{Value: math.NaN(), Lo: 0, Hi: math.Inf(1)}
	}
	return compare.Bounded{Value: e.Value, Lo: max(e.Lo, 0), Hi: e.Hi}
}

// Quantity is a figure with what is known about its uncertainty. When Lo and Hi
// are nil there is no interval, and Warnings says why. Censored means that the
// true value lies beyond Value.
type Quantity struct {
	Value    float64  `json:"value"`
	Lo       *float64 `json:"lo,omitempty"`
	Hi       *float64 `json:"hi,omitempty"`
	N        int      `json:"n"`
	Unit     string   `json:"unit"` // s, 1/h, ratio, count, share
	Method   string   `json:"method"`
	Level    float64  `json:"level,omitempty"` // confidence level of Lo..Hi
	Censored bool     `json:"censored,omitempty"`
	Missing  bool     `json:"missing,omitempty"` // no figure can be given; Warnings says why
	Need     int      `json:"need,omitempty"`    // samples that a refused percentile would take, with Missing
	Warnings []string `json:"warnings,omitempty"`
}

// RatioBounds are the bounds of a ratio as far as known: 0 and +Inf else.
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

func Above(q Quantity) string {
	if q.Censored {
		return "more than "
	}
	return ""
}
