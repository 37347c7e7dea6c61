package analyzer

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// impact is I_QoS over the abiding tenants, from the percentile as quality and the
// journeys offered a second as load.
func (d *dataset) impact(setup string, at int, tenants []int) Quantity {
	method := "I_QoS: relative growth of the abiding tenants' " + levelNames()[at] + " over relative growth of the load"
	var ref, disr []float64
	refused := 0
	for _, tenant := range tenants {
		a, b := d.mixed(setup, tenant, results.WindowBaseline, at, d.opts.Level), d.mixed(setup, tenant, results.WindowNeighbor,
			at, d.opts.Level)
		switch {
		case a.n == 0 || b.n == 0: // not in this setup
		case a.pooled.Refused || b.pooled.Refused:
			refused++
		default:
			ref, disr = append(ref, a.pooled.Value), append(disr, b.pooled.Value)
		}
	}
	before, under := d.offeredRate(setup, results.WindowBaseline), d.offeredRate(setup, results.WindowNeighbor)
	value := isolation.Impact(ref, disr, before, under)
	switch {
	case len(ref) == 0:
		return none("ratio", method, 0, "no abiding tenant has arrivals enough")
	case math.IsInf(value, 1):
		return none("ratio", method, len(ref), "a tenant was no longer served")
	case !(under > before):
		return none("ratio", method, len(ref), "the load did not grow")
	}
	q := number(value, "ratio", method, len(d.of(setup)))
	if refused > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d abiding tenants with too few arrivals are left out", refused))
	}
	return q
}

// offeredRate is the steps of all tenants a second in windows of a kind: journeys of
// a disruptive tenant may be few and heavy, steps are closer to the load.
func (d *dataset) offeredRate(setup, kind string) float64 {
	n, length := 0, 0.0
	for _, t := range d.of(setup) {
		records := t.steps
		if len(records) == 0 {
			records = t.journeys
		}
		for i := range records {
			if r := &records[i]; r.window >= 0 && t.windows[r.window].Kind == kind {
				n++
			}
		}
		for _, w := range t.windows {
			if w.Kind == kind {
				length += (w.To - w.From).Seconds()
			}
		}
	}
	return float64(n) / length
}
