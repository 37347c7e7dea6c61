package forecast

import (
	"maps"
	"slices"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// counts are expected arrivals of abiding tenants in one trial, by journey.
type counts map[string]float64

// expected adds up the arrivals that fall into windows of a kind, and the number of those
// windows.
func expected(e *spec.Experiment, t plan.Trial, matches func(results.Window) bool) (n counts, windows int) {
	n = counts{}
	for _, w := range t.Windows {
		if !matches(w) {
			continue
		}
		windows++
		for _, b := range t.Bursts {
			share := overlap(w, b)
			for _, load := range b.Expected {
				if e.Tenants[load.Tenant] == results.Abiding {
					n[load.Journey] += share * float64(load.Planned)
				}
			}
		}
	}
	return n, windows
}

// overlap is the share of a burst that lies in a window.
func overlap(w results.Window, b plan.Burst) float64 {
	if b.Duration <= 0 {
		return 0
	}
	from := max(w.From, results.OffsetOf(b.Start))
	to := min(w.To, results.OffsetOf(b.Start+b.Duration))
	return max(0, (to-from).Seconds()) / b.Duration.Seconds()
}

func isKind(kind string) func(results.Window) bool {
	return func(w results.Window) bool { return w.Kind == kind }
}

func measured(w results.Window) bool { return w.Kind != results.WindowWarmup }

// leastShare is the share of calm arrivals whose journeys need enough arrivals for the
// percentile, as in analyzer/run.
const leastShare = 0.75

// compared finds the percentile, of those given, that the comparison of two conditions will have, and the
// arrivals of the journeys that count: so many in each condition are worth as much as the two.
func compared(a, b counts, percentiles []float64) (p, arrivals float64, ok bool) {
	var calm, least []int
	journeys := slices.Sorted(maps.Keys(a))
	for _, j := range journeys {
		calm = append(calm, int(a[j]))
		least = append(least, int(min(a[j], b[j])))
	}
	p, weights, _, ok := effect.Choose(calm, least, leastShare, percentiles)
	if !ok {
		return 0, 0, false
	}
	var na, nb float64
	for i, j := range journeys {
		if weights[i] > 0 {
			na, nb = na+a[j], nb+b[j]
		}
	}
	return p, 2 / (1/na + 1/nb), true
}

func (n counts) sum() (total float64) {
	for _, v := range n {
		total += v
	}
	return total
}
