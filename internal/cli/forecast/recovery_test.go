package forecast

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// A plan lists which recoveries nobody will see, with the gap that they need.
func TestUnseenRecoveries(t *testing.T) {
	e := &spec.Experiment{Tenants: map[string]results.Role{"t1": results.Abiding, "t2": results.Disruptive}}
	trial := func(planned int64) plan.Trial {
		return plan.Trial{Length: 120 * time.Second, Warmup: 10 * time.Second,
			Bursts: []plan.Burst{{Duration: 120 * time.Second, Expected: []results.Load{{Tenant: "t1", Planned: planned}, {Tenant: "t2", Planned: 9000}}}},
			Faults: []plan.Fault{{Name: "pg", At: 60 * time.Second, For: 5 * time.Second}, {Name: "redis", At: 67 * time.Second, For: 5 * time.Second}}}
	}
	for planned, want := range map[int64][]string{
		1200: {"Recovery from pg cannot be determined: 10 arrivals a second are expected in the 2 s until redis, and a gap of about 4 s is needed."},
		12: {"Recovery from pg cannot be determined: 0.1 arrivals a second are expected in the 2 s until redis, and a gap of about 151 s is needed.",
			"Recovery from redis cannot be determined: 0.1 arrivals a second are expected in the 48 s until the end of the trial, " +
				"and a gap of about 151 s is needed."},
		0: {"Recovery from pg cannot be determined: no arrival is expected between it and redis.",
			"Recovery from redis cannot be determined: no arrival is expected between it and the end of the trial."},
	} {
		if diff := cmp.Diff(want, UnseenRecoveries(e, trial(planned))); diff != "" {
			t.Errorf("%d arrivals: %s", planned, diff)
		}
	}
}
