package report

import (
	"slices"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/analyzer/objective"
)

// fold leaves the rows of most tenants out of a judgement of many, so that a page of them can
// be read. A judgement of few stays as it is.
func fold(j *analyzer.Judgement) *analyzer.Judgement {
	if j.Spread == nil {
		return j
	}
	shown := func(tenant string) bool {
		return tenant == "" || tenant == finding.Everyone || slices.Contains(j.Spread.Shown, tenant)
	}
	folded := *j
	folded.Windows = only(j.Windows, func(r latency.WindowRow) bool { return shown(r.Tenant) })
	folded.Isolation = only(j.Isolation, func(r neighbour.Row) bool { return shown(r.Tenant) })
	folded.Objectives = only(j.Objectives, func(r objective.Row) bool { return shown(r.Tenant) })
	folded.Available = only(j.Available, func(r objective.AvailabilityRow) bool { return shown(r.Tenant) })
	folded.Throughput = only(j.Throughput, func(r carried.ThroughputRow) bool { return shown(r.Tenant) })
	return &folded
}

// only returns the rows that are kept.
func only[R any](rows []R, keep func(R) bool) []R {
	var all []R
	for _, row := range rows {
		if keep(row) {
			all = append(all, row)
		}
	}
	return all
}
