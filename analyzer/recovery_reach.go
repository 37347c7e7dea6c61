package analyzer

import (
	"slices"

	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// horizon is until when a fault's recovery can be watched: the beginning of the
// next event, or the end of the trial.
func (d *dataset) horizon(t *trialData, in results.Injection) results.Offset {
	from := in.Requested
	if in.Removed != nil {
		from = *in.Removed
	}
	for _, w := range t.windows {
		if (w.Kind == results.WindowFault || w.Kind == results.WindowNeighbor) && w.Fault != in.Fault && w.From >= from {
			return min(w.From, t.end)
		}
	}
	return t.end
}

// hitBy lists the abiding tenants within a fault's blast radius; all of them when
// the injection names none.
func (d *dataset) hitBy(in results.Injection) []int {
	var hit, all []int
	for i, name := range d.tenants.list {
		if !d.abiding[i] {
			continue
		}
		all = append(all, i)
		if slices.Contains(in.Tenants, name) {
			hit = append(hit, i)
		}
	}
	if len(hit) == 0 {
		return all
	}
	return hit
}

func (d *dataset) countAbiding() int {
	n := 0
	for _, a := range d.abiding {
		if a {
			n++
		}
	}
	return n
}

// arrivals lists the journeys of tenants and whether each was served as usual.
func (d *dataset) arrivals(t *trialData, tenants []int, u usual) []resilience.Arrival {
	var all []resilience.Arrival
	for i := range t.journeys {
		r := &t.journeys[i]
		if slices.Contains(tenants, int(r.tenant)) {
			all = append(all, resilience.Arrival{At: r.at.Seconds(), Served: u.within(r)})
		}
	}
	return all
}

// count fills in what the hit tenants' clients saw between two times.
func (d *dataset) count(t *trialData, row *RecoveryRow, hit []int, from, to results.Offset) {
	for i := range t.journeys {
		r := &t.journeys[i]
		if r.at >= from && r.at < to && slices.Contains(hit, int(r.tenant)) {
			row.Outcomes[results.Outcome(d.outcomes.list[r.outcome])]++
		}
	}
	for w, err := range t.writes {
		if err != nil {
			return
		}
		tenant, known := d.tenants.index[w.Tenant]
		if w.Ack == results.Indeterminate && w.Attempted >= from && w.Attempted < to && known && slices.Contains(hit, int(tenant)) {
			row.Indeterminate++
		}
	}
}

// affected lists the abiding tenants whose own service left the band: the level is
// that of all their bins together, as one of many bins is outside by chance.
func (d *dataset) affected(t *trialData, u usual, from, to results.Offset, width float64) []string {
	var names []string
	for i, abiding := range d.abiding {
		if !abiding {
			continue
		}
		bins := resilience.Cut(d.arrivals(t, []int{i}, u), from.Seconds(), to.Seconds(), max(width, 2))
		band := u.band
		band.Alpha = 0.01 / float64(max(len(bins)*d.countAbiding(), 1))
		if !resilience.Detect(bins, band).Never {
			names = append(names, d.tenantName(i))
		}
	}
	return names
}
