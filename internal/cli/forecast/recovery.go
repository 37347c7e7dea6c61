package forecast

import (
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// UnseenRecoveries lists which recoveries of a trial cannot be determined from the arrivals
// that it expects, and what gap they need. Rates are those of whole scenarios.
func UnseenRecoveries(e *spec.Experiment, t plan.Trial) []string {
	var lines []string
	for i, f := range t.Faults {
		end := f.At + f.For
		next, what := t.Length, "the end of the trial"
		for k, other := range t.Faults {
			if k != i && other.At >= end && other.At < next {
				next, what = other.At, other.Name
			}
		}
		rate := rateBetween(e, t, f.Tenants, end, next)
		calm := rateBetween(e, t, f.Tenants, t.Warmup, t.Faults[0].At) * (t.Faults[0].At - t.Warmup).Seconds()
		least := resilience.NewBand(0, int(calm), run.BandAlpha).Least()
		gap := (next - end).Seconds()
		where := fmt.Sprintf("Recovery from %s cannot be determined: %.2g arrivals a second are expected in the %s until %s", f.Name,
			rate, finding.Seconds(gap), what)
		if !(rate > 0) {
			lines = append(lines, fmt.Sprintf("Recovery from %s cannot be determined: no arrival is expected between it and %s.",
				f.Name, what))
			continue
		}
		if need := fault.NeededGap(rate, resilience.BinWidth(rate), least); gap < need {
			lines = append(lines, fmt.Sprintf("%s, and a gap of about %s is needed.", where, finding.Seconds(float64(int(need+1)))))
		}
	}
	return lines
}

// rateBetween is the arrivals a second of abiding tenants between two times, of those named
// or of all for none.
func rateBetween(e *spec.Experiment, t plan.Trial, tenants []string, from, to time.Duration) float64 {
	if to <= from {
		return 0
	}
	// As the analyzer does: a fault that hits no abiding tenant is judged on all of them.
	if !slices.ContainsFunc(tenants, func(name string) bool { return e.Tenants[name] != results.Disruptive }) {
		tenants = nil
	}
	arrivals := 0.0
	for _, b := range t.Bursts {
		overlap := (min(to, b.Start+b.Duration) - max(from, b.Start)).Seconds()
		if overlap <= 0 {
			continue
		}
		for _, l := range b.Expected {
			hit := len(tenants) == 0 || slices.Contains(tenants, l.Tenant)
			if hit && e.Tenants[l.Tenant] != results.Disruptive {
				arrivals += float64(l.Planned) * overlap / b.Duration.Seconds()
			}
		}
	}
	return arrivals / (to - from).Seconds()
}
