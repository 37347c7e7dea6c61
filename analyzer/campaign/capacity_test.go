package campaign

import (
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// The share left is judged with its whole interval: half of the capacity with a spread of 10 %
// is 0.41 to 0.61, by hand 0.5 exp(-0.196) and 0.5 exp(0.196).
func TestJudgeCapacityLeft(t *testing.T) {
	for _, c := range []struct {
		limit           float64
		atLeast, atMost bool
		want            finding.Verdict
	}{
		{0.4, false, false, finding.Pass},
		{0.45, false, false, finding.Inconclusive},
		{0.62, false, false, finding.Fail},
		{0, false, false, finding.Info},
		{0.4, true, false, finding.Pass},
		{0.62, true, false, finding.Inconclusive},
		{0.4, false, true, finding.Inconclusive},
		{0.62, false, true, finding.Fail},
		{0.4, true, true, finding.Inconclusive},
	} {
		row := Capacity{Limit: c.limit}
		row.judge(0.5, 0.1, c.atLeast, c.atMost)
		if row.Verdict != c.want || *row.Left.Lo < 0.4109 || *row.Left.Lo > 0.4111 || *row.Left.Hi < 0.6081 ||
			*row.Left.Hi > 0.6083 {
			t.Errorf("%+v: %s [%g, %g]", c, row.Verdict, *row.Left.Lo, *row.Left.Hi)
		}
	}
}

// When the lowest step is not carried, the share is known from above only: 5 of at least 20 a
// second are 25 %.
func TestJudgeCapacityBelow(t *testing.T) {
	for limit, want := range map[float64]finding.Verdict{0: finding.Info, 0.2: finding.Inconclusive, 0.3: finding.Fail} {
		row := Capacity{Limit: limit, Without: finding.Number(25, "1/s", "by hand", 1).Bounded(20, 30, 0.95)}
		row.below(5)
		if row.Verdict != want || *row.Left.Lo != 0 || *row.Left.Hi != 0.25 {
			t.Errorf("limit %g: %s, %+v", limit, row.Verdict, row.Left)
		}
	}
}

// A ladder whose fault was not held in every step shows nothing: here it has no fault.
func TestJudgeCapacityNotHeld(t *testing.T) {
	run, err := results.Open("../../results/examples/embedded-ladder")
	if err != nil {
		t.Fatal(err)
	}
	row := Capacity{Setup: "two-workers", Fault: "postgres-slow", Limit: 0.5}
	if err := row.JudgeCapacity(run, run); err != nil {
		t.Fatal(err)
	}
	const why = "The capacity while the fault lasts: the fault was not in effect in every step."
	if row.Verdict != finding.Inconclusive || row.Why != why || row.Without.Value <= 0 {
		t.Errorf("%+v", row)
	}
}
