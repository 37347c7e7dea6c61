package fault

import (
	"slices"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// horizon returns the end of the time in which a recovery can be observed: the next event,
// or the end of the trial.
func horizon(t *run.Trial, in results.Injection) results.Offset {
	from := in.Requested
	if end := in.End(); end != nil {
		from = *end
	}
	for _, w := range t.Windows {
		if (w.Kind == results.WindowFault || w.Kind == results.WindowNeighbor) && w.Fault != in.Fault && w.From >= from {
			return min(w.From, t.End)
		}
	}
	return t.End
}

// withinRadius returns the abiding tenants within the blast radius of a fault; all of them
// when the injection names none.
func withinRadius(r *run.Run, in results.Injection) []int {
	all := r.AbidingTenants()
	hit := slices.DeleteFunc(slices.Clone(all), func(i int) bool { return !slices.Contains(in.Tenants, r.Tenants.List[i]) })
	if len(hit) == 0 {
		return all
	}
	return hit
}

// count adds the outcomes and the writes without an answer of the hit tenants, between two
// times.
func count(r *run.Run, t *run.Trial, row *Row, hit []int, from, to results.Offset) {
	wanted := r.Among(hit)
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if rec.At >= from && rec.At < to && wanted[rec.Tenant] {
			row.Outcomes[results.Outcome(r.Outcomes.List[rec.Outcome])]++
		}
	}
	for w, err := range t.Writes {
		if err != nil {
			return
		}
		tenant, known := r.Tenants.Index[w.Tenant]
		if w.Ack == results.Indeterminate && w.Attempted >= from && w.Attempted < to && known && wanted[tenant] {
			row.Indeterminate++
		}
	}
}

// affected returns the abiding tenants whose own service left the band of the reference. The
// level is shared out among the bins of all of them: one of many bins lies outside by chance.
// It is empty where the load itself may be the cause.
func affected(r *run.Run, t *run.Trial, u run.Usual, ref reference, from, to results.Offset, width float64) []string {
	if ref.blind {
		return nil
	}
	var names []string
	tenants := r.AbidingTenants()
	for _, i := range tenants {
		bins := resilience.Cut(r.Arrivals(t, []int{i}, u), from.Seconds(), to.Seconds(), max(width, 2))
		if !resilience.Detect(bins, ref.at(0.01/float64(max(len(bins)*len(tenants), 1)))).Never {
			names = append(names, r.TenantName(i))
		}
	}
	return names
}
