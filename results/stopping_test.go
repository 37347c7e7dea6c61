package results

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		s     Stopping
		looks int
	}{
		{Stopping{AtLeast: 1, AtMost: 10}, 10}, {Stopping{AtLeast: 3, AtMost: 10}, 8}, {Stopping{AtLeast: 4, AtMost: 4}, 1},
		{Stopping{AtLeast: 9, AtMost: 4}, 1}, {Stopping{AtMost: 1 << 40}, 100}, {Stopping{}, 1}, {Stopping{AtLeast: -1 << 62, AtMost: 9}, 9},
	} {
		if got := c.s.Looks(); got != c.looks {
			t.Errorf("%+v: %d looks, want %d", c.s, got, c.looks)
		}
	}
}

// Replicates that the run left out by its own rule are not missing. Those of a run that was
// killed are.
func TestStoppedRunLacksNothing(t *testing.T) {
	plan := `{"trials": [{"name": "01-a", "replicate": 1}, {"name": "02-a", "replicate": 2}, {"name": "03-a", "replicate": 3}]}`
	for name, c := range map[string]struct {
		stopping *Stopping
		want     []string
	}{
		"decided after one": {&Stopping{AtLeast: 1, AtMost: 3, Replicates: 1, Reason: "It is decided."}, []string{"01-a"}},
		"killed":            {&Stopping{AtLeast: 1, AtMost: 3}, []string{"01-a", "02-a", "03-a"}},
		"at the most":       {&Stopping{AtLeast: 1, AtMost: 3, Replicates: 3, Reason: "All replicates were run."}, []string{"01-a", "02-a", "03-a"}},
		"a fixed number":    {nil, []string{"01-a", "02-a", "03-a"}},
	} {
		w, err := Create(t.TempDir(), Manifest{Experiment: "e", Stopping: c.stopping}, []byte(plan))
		if err != nil {
			t.Fatal(err)
		}
		run, err := Open(w.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, run.Planned); diff != "" {
			t.Errorf("%s: planned (-want +got):\n%s", name, diff)
		}
	}
}
