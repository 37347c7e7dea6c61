package run

import (
	"slices"

	"example.org/odooharness/analyzer/stats/resilience"
)

// Arrivals returns the journeys of some tenants, and whether each was served as usual.
func (r *Run) Arrivals(t *Trial, tenants []int, u Usual) []resilience.Arrival {
	var all []resilience.Arrival
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if slices.Contains(tenants, int(rec.Tenant)) {
			all = append(all, resilience.Arrival{At: rec.At.Seconds(), Served: u.Within(rec)})
		}
	}
	return all
}
