package background

import (
	"time"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// lateAfter is how long after its intended start an arrival counts as waiting.
const lateAfter = time.Second

// lateArrivals is the series of arrivals that wait.
const lateArrivals = "arrivals.late"

// unanswered returns, for each tenant, how many arrivals were due for longer than [lateAfter]
// and had no answer, and the age of the oldest: a reading every second of the trial. It is what
// a region sends at once when it is back, until the target has caught up.
func unanswered(tenants []string, journeys []run.Record, end results.Offset) map[backlogKey]*waiting {
	seconds := int(time.Duration(end) / time.Second)
	counts, ages := make([][]int, len(tenants)), make([][]float64, len(tenants))
	for i := range journeys {
		rec := &journeys[i]
		from, to := time.Duration(rec.At), time.Duration(rec.At)+time.Duration(rec.Latency)*time.Microsecond
		// The whole seconds s with from + lateAfter <= s < to.
		first := int((from + lateAfter + time.Second - 1) / time.Second)
		for s := max(first, 0); s <= seconds && time.Duration(s)*time.Second < to; s++ {
			if counts[rec.Tenant] == nil {
				counts[rec.Tenant], ages[rec.Tenant] = make([]int, seconds+1), make([]float64, seconds+1)
			}
			counts[rec.Tenant][s]++
			ages[rec.Tenant][s] = max(ages[rec.Tenant][s], (time.Duration(s)*time.Second - from).Seconds())
		}
	}
	all := map[backlogKey]*waiting{}
	for i, name := range tenants {
		if counts[i] == nil {
			continue // nobody waited
		}
		w := &waiting{}
		for s, n := range counts[i] {
			at := results.Offset(time.Duration(s) * time.Second)
			w.count = append(w.count, run.Reading{At: at, Value: float64(n)})
			w.age = append(w.age, run.Reading{At: at, Value: ages[i][s]})
		}
		all[backlogKey{series: lateArrivals, tenant: name}] = w
	}
	return all
}
