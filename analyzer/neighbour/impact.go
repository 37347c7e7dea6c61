package neighbour

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// impact is I_QoS over the abiding tenants, from the percentile as quality and the
// journeys offered a second as load.
func impact(r *run.Run, setup string, at int, tenants []int) finding.Quantity {
	method := "I_QoS: relative growth of the abiding tenants' " + run.LevelNames()[at] + " over relative growth of the load"
	var ref, disr []float64
	refused := 0
	for _, tenant := range tenants {
		a, b := mix(r, setup, tenant, results.WindowBaseline, at, r.Options.Level), mix(r, setup, tenant, results.WindowNeighbor,
			at, r.Options.Level)
		switch {
		case a.n == 0 || b.n == 0: // not in this setup
		case a.pooled.Refused || b.pooled.Refused:
			refused++
		default:
			ref, disr = append(ref, a.pooled.Value), append(disr, b.pooled.Value)
		}
	}
	before, under := offeredRate(r, setup, results.WindowBaseline), offeredRate(r, setup, results.WindowNeighbor)
	value := isolation.Impact(ref, disr, before, under)
	switch {
	case len(ref) == 0:
		return finding.None("ratio", method, 0, "no abiding tenant has arrivals enough")
	case math.IsInf(value, 1):
		return finding.None("ratio", method, len(ref), "a tenant was no longer served")
	case !(under > before):
		return finding.None("ratio", method, len(ref), "the load did not grow")
	}
	q := finding.Number(value, "ratio", method, len(r.TrialsOf(setup)))
	if refused > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d abiding tenants with too few arrivals are left out", refused))
	}
	return q
}

// offeredRate is the steps of all tenants a second in windows of a kind: journeys of
// a disruptive tenant may be few and heavy, steps are closer to the load.
func offeredRate(r *run.Run, setup, kind string) float64 {
	n, length := 0, 0.0
	for _, t := range r.TrialsOf(setup) {
		records := t.Steps
		if len(records) == 0 {
			records = t.Journeys
		}
		for i := range records {
			if rec := &records[i]; rec.Window >= 0 && t.Windows[rec.Window].Kind == kind {
				n++
			}
		}
		for _, w := range t.Windows {
			if w.Kind == kind {
				length += (w.To - w.From).Seconds()
			}
		}
	}
	return float64(n) / length
}
