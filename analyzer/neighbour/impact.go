package neighbour

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// impactScale explains I_QoS and I_avg.
const impactScale = "0 is perfect isolation. 1 means that latency grows in proportion to the load of all tenants."

// impact returns I_QoS over the abiding tenants of some rows. Their percentile is the
// quality, the requests of all tenants a second are the load.
func impact(r *run.Run, setup string, rows []Row) finding.Quantity {
	const method = "I_QoS: relative growth of the percentile of abiding tenants over relative growth of the load"
	var ref, disr []float64
	refused, unserved := 0, false
	for _, row := range rows {
		switch {
		case row.Tenant == finding.Everyone:
		case row.Disrupt.Censored:
			unserved = true
		case row.Base.Missing || row.Base.Censored || row.Disrupt.Missing:
			refused++
		default:
			ref, disr = append(ref, row.Base.Value), append(disr, row.Disrupt.Value)
		}
	}
	before := offeredRate(r, setup, results.WindowBaseline)
	under := offeredRate(r, setup, results.WindowNeighbor)
	switch {
	case unserved:
		return finding.None("ratio", method, len(ref), "a tenant was no longer served")
	case len(ref) == 0:
		return finding.None("ratio", method, 0, "no abiding tenant has enough arrivals")
	case !(under > before):
		return finding.None("ratio", method, len(ref), "the load did not grow")
	}
	q := finding.Number(isolation.Impact(ref, disr, before, under), "ratio", method, len(r.TrialsOf(setup)))
	if refused > 0 {
		q.Warnings = append(q.Warnings, finding.Plural(refused, "abiding tenant")+" with too few arrivals left out")
	}
	return q
}

// offeredRate returns the steps of all tenants a second in windows of a kind: of switchback
// blocks alone where a trial has some. Steps measure the load better than journeys: those
// of a disruptive tenant may be few and heavy.
func offeredRate(r *run.Run, setup, kind string) float64 {
	n, length := 0, 0.0
	for _, t := range r.TrialsOf(setup) {
		blocks := slices.ContainsFunc(t.Windows, func(w results.Window) bool { return w.Block > 0 })
		counts := make([]bool, len(t.Windows))
		for i, w := range t.Windows {
			if counts[i] = w.Kind == kind && (w.Block > 0 || !blocks); counts[i] {
				length += (w.To - w.From).Seconds()
			}
		}
		records := t.Steps
		if len(records) == 0 {
			records = t.Journeys
		}
		for i := range records {
			if rec := &records[i]; rec.Window >= 0 && counts[rec.Window] {
				n++
			}
		}
	}
	if length == 0 {
		return math.NaN()
	}
	return float64(n) / length
}
