package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
)

// searching is a rig that searches the capacity of two setups.
func searching(t *testing.T, capacity map[string]float64) *rig {
	r := newRig(t)
	r.experiment.Scenarios, r.experiment.Faults = r.experiment.Scenarios[:1], nil
	r.experiment.Setups = []spec.Setup{{Name: "shared"}, {Name: "dedicated"}}
	r.experiment.Search = &spec.Search{Scenario: "day", From: 2, To: 8, Within: 0.5, Settle: 2 * time.Second}
	r.Kept = func(_, setup string, scale float64) (bool, string, error) {
		return scale <= capacity[setup], "P95 is 2 s, at most 1.5 s", nil
	}
	return r
}

// A search takes one scale of each setup in turn until every bracket is narrow. The
// replicates of all scales are numbered on, and the plan has what was run.
func TestSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := searching(t, map[string]float64{"shared": 3, "dedicated": 1})
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, trial := range recorded.Trials {
			got = append(got, fmt.Sprintf("%s replicate %d scale %g %s", trial.Name, trial.Replicate, r.generators[i].spec.Scale, trial.State))
		}
		want := []string{
			"01-shared replicate 1 scale 2 complete", "02-shared replicate 2 scale 2 complete",
			"03-dedicated replicate 1 scale 2 complete", "04-dedicated replicate 2 scale 2 complete",
			"05-shared replicate 3 scale 8 complete", "06-shared replicate 4 scale 8 complete",
			"07-shared replicate 5 scale 4 complete", "08-shared replicate 6 scale 4 complete",
			"09-shared replicate 7 scale 2.83 complete", "10-shared replicate 8 scale 2.83 complete",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("trials (-want +got):\n%s", diff)
		}
		wantLines := []string{
			"shared: scale 2 is carried", "dedicated: scale 2 is not carried: P95 is 2 s, at most 1.5 s",
			"shared: scale 8 is not carried: P95 is 2 s, at most 1.5 s", "shared: scale 4 is not carried: P95 is 2 s, at most 1.5 s",
			"shared: scale 2.83 is carried",
		}
		verdicts := slices.DeleteFunc(slices.Clone(r.lines), func(l string) bool { return l[0] == ' ' })
		if diff := cmp.Diff(wantLines, verdicts); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		raw, err := os.ReadFile(filepath.Join(r.Root, "peak", "latest", "plan.json"))
		if err != nil {
			t.Fatal(err)
		}
		var p plan.Plan
		if err := json.Unmarshal(raw, &p); err != nil || len(p.Trials) != 10 || p.Total != 1000*time.Second {
			t.Errorf("plan.json has %d trials and a total of %s, %v; want 10 and 1000s", len(p.Trials), p.Total, err)
		}
	})
}

// A search ends with the first verdict that cannot be made, with a plan that fails, and
// with a cancelled run.
func TestSearchThatEnds(t *testing.T) {
	broken := errors.New("no such file")
	for name, c := range map[string]struct {
		change func(r *rig, cancel func())
		want   string
		trials int
	}{
		"no verdict": {func(r *rig, _ func()) {
			r.Kept = func(string, string, float64) (bool, string, error) { return false, "", broken }
		}, "judge scale 2 of shared: no such file", 2},
		"no plan": {func(r *rig, _ func()) {
			r.Plan = func(context.Context, *spec.Experiment) (*plan.Plan, error) { return nil, broken }
		}, "no such file", 0},
		"cancelled": {func(_ *rig, cancel func()) { time.AfterFunc(150*time.Second, cancel) },
			"trial 02-shared: context canceled\ncontext canceled", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := searching(t, map[string]float64{"shared": 3, "dedicated": 3})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c.change(r, cancel)
				recorded, err := r.run(ctx)
				if err == nil || err.Error() != c.want || len(recorded.Trials) != c.trials {
					t.Errorf("got %q after %d trials, want %q after %d", err, len(recorded.Trials), c.want, c.trials)
				}
				r.checkNothingRuns()
			})
		})
	}
}
