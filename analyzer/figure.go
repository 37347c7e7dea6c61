package analyzer

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
)

// How figures were made, as reports print it.
const (
	methodLatency = "type 1 percentile of all arrivals from intended start, unserved ones sort last; " +
		"order-statistic interval widened for autocorrelation"
	methodService = "type 1 percentile of served arrivals from actual start; order-statistic interval widened for autocorrelation"
)

// none is a figure that cannot be given.
func none(unit, method string, n int, why string) Quantity {
	return Quantity{Missing: true, N: n, Unit: unit, Method: method, Warnings: []string{why}}
}

// finite returns a pointer to a value, nil when it is no number.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// number is a figure without an interval; missing when it is no number.
func number(v float64, unit, method string, n int, warnings ...string) Quantity {
	if finite(v) == nil {
		return none(unit, method, n, "no data")
	}
	return Quantity{Value: v, Unit: unit, Method: method, N: n, Warnings: warnings}
}

// shareOf is a share of independent events with its Wilson interval.
func shareOf(k, n int, method string, level float64) Quantity {
	share := float64(k) / float64(n)
	lo, hi := resilience.Wilson(share, float64(n), level)
	return number(share, "share", method, n).bounded(lo, hi, level)
}

// bounded adds an interval to a figure; one that is open on a side is left out
// with a warning.
func (q Quantity) bounded(lo, hi, level float64) Quantity {
	if q.Missing {
		return q
	}
	q.Level = level
	q.Lo, q.Hi = finite(lo), finite(hi)
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

// percentile words an estimate. longest is the largest latency that was seen, of
// whatever outcome: what a censored percentile is certainly above.
func percentile(e quantile.Estimate, longest float64, method string) Quantity {
	q := Quantity{N: e.N, Unit: "s", Method: method}
	switch {
	case e.N == 0:
		return none("s", method, 0, "no arrivals")
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
	q = q.bounded(e.Lo, e.Hi, e.Level)
	if e.Short && e.Inflation > 4 && e.Effective < float64(quantile.MinSamples(e.P, e.Level)) {
		q.Warnings = append(q.Warnings, fmt.Sprintf("strongly autocorrelated: %d arrivals are worth about %.0f independent ones",
			e.N, e.Effective))
	}
	return q
}

// ratioOf words a ratio from within runs.
func ratioOf(b compare.Bounded, n int, level float64, method string, warnings ...string) Quantity {
	q := number(b.Value, "ratio", method, n, warnings...)
	if q.Missing {
		return q
	}
	lo := b.Lo
	if lo == 0 {
		lo = math.Inf(-1)
	}
	return q.bounded(lo, b.Hi, level)
}

// boundedOf takes an estimate's interval for a ratio: no bound is 0 or +Inf.
func boundedOf(e quantile.Estimate) compare.Bounded {
	if e.Refused || e.N == 0 {
		return compare.Bounded{Value: math.NaN(), Lo: 0, Hi: math.Inf(1)}
	}
	return compare.Bounded{Value: e.Value, Lo: max(e.Lo, 0), Hi: e.Hi}
}
