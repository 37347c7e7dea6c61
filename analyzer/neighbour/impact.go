package neighbour

import (
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// impactScale explains I_QoS and I_avg.
const impactScale = "0 is perfect isolation. 1 means that latency grows in proportion to the load of all tenants."

// impact returns I_QoS over the abiding tenants. The percentile is the quality, the
// requests of all tenants a second are the load.
func impact(r *run.Run, setup string, at int, tenants []int) finding.Quantity {
	method := "I_QoS: relative growth of the " + run.LevelNames()[at] + " of abiding tenants over relative growth of the load"
	var ref, disr []float64
	refused := 0
	for _, tenant := range tenants {
		a := mix(r, setup, tenant, results.WindowBaseline, at, r.Options.Level)
		b := mix(r, setup, tenant, results.WindowNeighbor, at, r.Options.Level)
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
		return finding.None("ratio", method, 0, "no abiding tenant has enough arrivals")
	case math.IsInf(value, 1):
		return finding.None("ratio", method, len(ref), "a tenant was no longer served")
	case !(under > before):
		return finding.None("ratio", method, len(ref), "the load did not grow")
	}
	q := finding.Number(value, "ratio", method, len(r.TrialsOf(setup)))
	if refused > 0 {
		q.Warnings = append(q.Warnings, finding.Plural(refused, "abiding tenant")+" with too few arrivals left out")
	}
	return q
}

// offeredRate returns the steps of all tenants a second in windows of a kind. Steps measure
// the load better than journeys: those of a disruptive tenant may be few and heavy.
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
