package experiment

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// flat is an inspector of a script without landmarks.
func flat(context.Context, Scenario) (Burst, error) {
	return Burst{Expected: []results.Load{{Planned: 1}}}, nil
}

func laddered(t *testing.T, path string) PlannedTrial {
	t.Helper()
	e, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.Plan(t.Context(), flat, CheckFault)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Trials[0]
}

// Each step is measured from its settling on; the first is the baseline.
func TestLadderOfCapacity(t *testing.T) {
	trial := laddered(t, "../examples/capacity.yaml")
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

// The neighbour's steps are its windows, and nothing between them passes for calm.
func TestLadderOfNeighbour(t *testing.T) {
	trial := laddered(t, "../examples/isolation-curve.yaml")
	var kinds []string
	for _, w := range trial.Windows {
		kinds = append(kinds, w.Kind)
	}
	want := "warmup baseline neighbour rest neighbour rest neighbour rest neighbour rest"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
