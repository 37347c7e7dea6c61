package plan

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// flat is an inspector of a script without landmarks.
func flat(context.Context, spec.Scenario) (Outline, error) {
	return Outline{Expected: []results.Load{{Planned: 400}}}, nil
}

func laddered(t *testing.T, path string) Trial {
	t.Helper()
	e, err := spec.Load(path, manifest.Parse)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := New(t.Context(), e, flat, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Trials[0]
}

// Each step is measured from its settling on; the first is the baseline.
func TestLadderOfCapacity(t *testing.T) {
	trial := laddered(t, "../../examples/capacity.yaml")
	at := func(s float64) results.Offset { return results.OffsetOf(time.Duration(s * float64(time.Second))) }
	step := func(level float64) *results.Step { return &results.Step{Scenario: "mix", Level: level} }
	want := []results.Window{
		{Name: "warmup", Kind: results.WindowWarmup, To: at(2)},
		{Name: "mix-1", Kind: results.WindowBaseline, Step: step(8), From: at(2), To: at(12)},
		{Name: "after:mix-1", Kind: results.WindowRest, From: at(12), To: at(15)},
		{Name: "mix-2", Kind: results.WindowStep, Step: step(14), From: at(15), To: at(25)},
	}
	if diff := cmp.Diff(want, trial.Windows[:4]); diff != "" {
		t.Error(diff)
	}
	if last := trial.Windows[len(trial.Windows)-1]; last.Name != "mix-5" || last.To != at(64) || trial.Length != 64*time.Second {
		t.Errorf("ends with %+v after %s", last, trial.Length)
	}
}

// A fault that is in effect before the first step leaves all steps as they are.
func TestLadderWithFaultHeld(t *testing.T) {
	trial := laddered(t, "../../examples/capacity-degraded.yaml")
	var steps int
	for _, w := range trial.Windows {
		if w.Step == nil {
			continue
		}
		steps++
		f := trial.Faults[0]
		if results.OffsetOf(f.At) >= w.From || results.OffsetOf(f.At+f.For+2*time.Second) < w.To || w.To-w.From != results.Offset(10*time.Second) {
			t.Errorf("%s from %v to %v, the fault from %s for %s", w.Name, w.From, w.To, f.At, f.For)
		}
	}
	if steps != 5 {
		t.Errorf("%d steps, want 5", steps)
	}
}

// The neighbour's steps are its windows, and nothing between them passes for calm.
func TestLadderOfNeighbour(t *testing.T) {
	trial := laddered(t, "../../examples/isolation-curve.yaml")
	var kinds []string
	for _, w := range trial.Windows {
		kinds = append(kinds, w.Kind)
	}
	want := "warmup baseline neighbour rest neighbour rest neighbour rest neighbour rest"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each scale has a window of its own name, so that setups whose searches part are only
// compared where they offered the same; the lowest alone is the baseline.
func TestScaleOfSearch(t *testing.T) {
	e, err := spec.Load("../../examples/capacity-bisection.yaml", manifest.Parse)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := New(t.Context(), e, flat, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Search == nil || len(plan.Trials) != e.Replicates {
		t.Fatalf("planned %d trials, search %v; want those of the lowest scale", len(plan.Trials), plan.Search)
	}
	var scale float64
	higher, err := New(t.Context(), e.AtScale(20), func(ctx context.Context, s spec.Scenario) (Outline, error) {
		scale = s.Scale
		return flat(ctx, s)
	}, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	want := results.Window{Name: "mix-at-20", Kind: results.WindowStep, Step: &results.Step{Scenario: "mix", Level: 20},
		From: results.OffsetOf(2 * time.Second), To: results.OffsetOf(16 * time.Second)}
	got := higher.Trials[0].Windows[1]
	if got.Name != want.Name || got.Kind != want.Kind || *got.Step != *want.Step || got.From != want.From || got.To != want.To || scale != 20 {
		t.Errorf("at scale %g: %+v, want %+v", scale, got, want)
	}
	if lowest := plan.Trials[0].Windows[1]; lowest.Kind != results.WindowBaseline || lowest.Name != "mix-at-14" {
		t.Errorf("lowest scale: %+v, want the baseline", lowest)
	}
}
