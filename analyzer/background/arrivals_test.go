package background

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Three arrivals of t2 at 0.5 s, answered after 0.9 s, 2.6 s and 4 s; t1 is answered in time.
func TestUnansweredArrivals(t *testing.T) {
	t.Parallel()
	at := func(s float64) results.Offset { return results.Offset(math.Round(s * 1e9)) }
	journeys := []run.Record{
		{At: at(0.2), Latency: 300_000, Tenant: 0, Served: true},
		{At: at(0.5), Latency: 900_000, Tenant: 1, Served: true},
		{At: at(0.5), Latency: 2_600_000, Tenant: 1, Served: true},
		{At: at(0.5), Latency: 4_000_000, Tenant: 1},
	}
	found := unanswered([]string{"t1", "t2"}, journeys, at(6))
	if len(found) != 1 {
		t.Fatalf("%d tenants wait, want t2 alone", len(found))
	}
	w := found[backlogKey{series: lateArrivals, tenant: "t2"}]
	reading := func(values ...float64) (all []run.Reading) {
		for s, v := range values {
			all = append(all, run.Reading{At: at(float64(s)), Value: v})
		}
		return all
	}
	// At 2 s and 3 s the second and third wait, at 4 s the third alone.
	if diff := cmp.Diff(reading(0, 0, 2, 2, 1, 0, 0), w.count); diff != "" {
		t.Error("waiting:", diff)
	}
	if diff := cmp.Diff(reading(0, 0, 1.5, 2.5, 3.5, 0, 0), w.age); diff != "" {
		t.Error("age of the oldest:", diff)
	}
}
