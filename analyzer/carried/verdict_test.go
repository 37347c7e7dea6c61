//go:build !race

package carried_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// The planned level is the identity of a step: with steps so short that they draw equal
// counts, or more at a lower level than at a higher one, rows stay in the order of the
// levels, each with its own figures.
func TestStepsOfEqualOrSwappedRates(t *testing.T) {
	t.Parallel()
	asked := results.Capacity{P95: 0.25, Errors: 0.01, Delivered: 0.99}
	levels := []float64{4, 4.05, 4.1, 4.15, 4.2}
	for seed := range uint64(8) {
		row := synthetic.LadderOf(seed, 1, levels, 0.3, asked).Capacity[0]
		var got []float64
		for _, s := range row.Steps {
			got = append(got, s.Level)
		}
		if !slices.Equal(got, levels) {
			t.Fatalf("seed %d: steps of levels %v", seed, got)
		}
		if r := row.Steps[4].Rate / row.Steps[0].Rate; r < 1.0499 || r > 1.0501 {
			t.Fatalf("seed %d: rates %g and %g, want the proportion of the levels", seed, row.Steps[0].Rate, row.Steps[4].Rate)
		}
	}
}

// A ladder far below the capacity gives "at least", and no crossing.
func TestEveryStepKept(t *testing.T) {
	t.Parallel()
	j := synthetic.Ladder(3, []float64{1, 2, 3}, 60, results.Capacity{P95: 0.4, Errors: 0.01, Delivered: 0.99})
	row, f := j.Capacity[0], synthetic.Finding(t, j, "CAP-001")
	if !row.Carried.Censored || row.Carried.Value != row.Steps[2].Rate || !row.Crossing.Censored || row.Crossing.Lo != nil {
		t.Errorf("carried %+v, crossing %+v", row.Carried, row.Crossing)
	}
	text := strings.Join(f.Because, " ")
	if !strings.HasPrefix(text, "The setup carries at least ") || strings.Contains(text, "estimated capacity") {
		t.Errorf("CAP-001: %s", text)
	}
}

// The shipped recording: its lowest step is kept, the next is not decided by one short
// trial, and the one after is broken. What is carried is "at least" the lowest step.
func TestRecordedLadderStates(t *testing.T) {
	t.Parallel()
	_, j := recordedLadder(t)
	row := j.Capacity[0]
	var states []capacity.State
	for _, s := range row.Steps {
		states = append(states, s.State)
	}
	want := []capacity.State{capacity.Kept, capacity.Unknown, capacity.Broken, capacity.Broken, capacity.Broken, capacity.Broken}
	if !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
	if !row.Carried.Censored || row.Stopped != "" || row.Next == "" {
		t.Errorf("carried %+v, stopped by %q, next %q", row.Carried, row.Stopped, row.Next)
	}
}
