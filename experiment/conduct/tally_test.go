package conduct

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// The snapshot adds up the latest report of each generator.
func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTally(clock.At(time.Now().Add(time.Second)), plan.Trial{Length: time.Minute, Windows: []results.Window{
			{Name: "warmup", From: 0, To: at(10)}, {Name: "baseline", From: at(10), To: at(60)},
		}})
		day, night := &generator{}, &generator{}
		if diff := cmp.Diff(Snapshot{Length: time.Minute, Window: "warmup", Outcomes: map[results.Outcome]int64{}}, c.snapshot(nil)); diff != "" {
			t.Errorf("before the base instant (-want +got):\n%s", diff)
		}
		time.Sleep(11 * time.Second)
		c.add(day, scenarios.Progress{Planned: 5, Started: 4, Dropped: 1, Outcomes: map[results.Outcome]int64{results.OK: 7}})
		c.add(night, scenarios.Progress{Planned: 20, Started: 20, Outcomes: map[results.Outcome]int64{results.OK: 30, results.UserError: 2}})
		c.add(day, scenarios.Progress{Planned: 10, Started: 7, Dropped: 3,
			Outcomes: map[results.Outcome]int64{results.OK: 11, results.Gateway: 5}})
		want := Snapshot{
			Elapsed: 10 * time.Second, Length: time.Minute, Window: "baseline", Planned: 30, Started: 27, Dropped: 3, Steps: 48,
			Outcomes: map[results.Outcome]int64{results.OK: 41, results.UserError: 2, results.Gateway: 5}, Faults: []string{"pg"},
		}
		got := c.snapshot([]string{"pg"})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("snapshot (-want +got):\n%s", diff)
		}
		if got.failed() != 5 {
			t.Errorf("%d steps failed, want the 5 that ended with neither success nor a refusal", got.failed())
		}
	})
}
