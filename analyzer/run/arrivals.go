package run

import (
	"example.org/odooharness/analyzer/stats/resilience"
)

// Arrivals returns the journeys of some tenants, and whether each was served as usual.
func (r *Run) Arrivals(t *Trial, tenants []int, u Usual) []resilience.Arrival {
	n := 0
	for _, tenant := range tenants {
		n += len(t.positions(r.Tenants.Len())[tenant])
	}
	all := make([]resilience.Arrival, 0, n)
	add := func(rec *Record) {
		all = append(all, resilience.Arrival{At: rec.At.Seconds(), Served: u.Within(rec)})
	}
	if len(tenants) == 1 {
		for rec := range r.JourneysOf(t, tenants[0]) {
			add(rec)
		}
		return all
	}
	wanted := r.Among(tenants)
	for i := range t.Journeys {
		if rec := &t.Journeys[i]; wanted[rec.Tenant] {
			add(rec)
		}
	}
	return all
}
