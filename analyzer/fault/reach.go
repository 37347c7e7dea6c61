package fault

import (
	"slices"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// horizon is until when a fault's recovery can be watched: the beginning of the
// next event, or the end of the trial.
func horizon(t *run.Trial, in results.Injection) results.Offset {
	from := in.Requested
	if in.Removed != nil {
		from = *in.Removed
	}
	for _, w := range t.Windows {
		if (w.Kind == results.WindowFault || w.Kind == results.WindowNeighbor) && w.Fault != in.Fault && w.From >= from {
			return min(w.From, t.End)
		}
	}
	return t.End
}

// hitBy lists the abiding tenants within a fault's blast radius; all of them when
// the injection names none.
func hitBy(r *run.Run, in results.Injection) []int {
	var hit, all []int
	for i, name := range r.Tenants.List {
		if !r.Abiding[i] {
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

// count fills in what the hit tenants' clients saw between two times.
func count(r *run.Run, t *run.Trial, row *Row, hit []int, from, to results.Offset) {
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if rec.At >= from && rec.At < to && slices.Contains(hit, int(rec.Tenant)) {
			row.Outcomes[results.Outcome(r.Outcomes.List[rec.Outcome])]++
		}
	}
	for w, err := range t.Writes {
		if err != nil {
			return
		}
		tenant, known := r.Tenants.Index[w.Tenant]
		if w.Ack == results.Indeterminate && w.Attempted >= from && w.Attempted < to && known && slices.Contains(hit, int(tenant)) {
			row.Indeterminate++
		}
	}
}

// affected lists the abiding tenants whose own service left the band: the level is
// that of all their bins together, as one of many bins is outside by chance.
func affected(r *run.Run, t *run.Trial, u run.Usual, from, to results.Offset, width float64) []string {
	var names []string
	for i, abiding := range r.Abiding {
		if !abiding {
			continue
		}
		bins := resilience.Cut(r.Arrivals(t, []int{i}, u), from.Seconds(), to.Seconds(), max(width, 2))
		band := u.Band
		band.Alpha = 0.01 / float64(max(len(bins)*len(r.AbidingTenants()), 1))
		if !resilience.Detect(bins, band).Never {
			names = append(names, r.TenantName(i))
		}
	}
	return names
}
