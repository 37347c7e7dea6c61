package campaign

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/finding"
)

// A matrix passes when every cell is measured and passes, and every capacity with a limit.
func TestMatrixVerdict(t *testing.T) {
	pass, fail := Cell{State: Measured, Verdict: finding.Pass}, Cell{State: Measured, Verdict: finding.Fail}
	old, none := Cell{State: TooOld, Verdict: finding.Fail}, Cell{State: None}
	held := func(state State, v finding.Verdict) Capacity { return Capacity{State: state, Verdict: v} }
	one := map[string]int{"pass": 1}
	for _, c := range []struct {
		cells []Cell
		held  []Capacity
		want  finding.Verdict
		words map[string]int
	}{
		{[]Cell{pass, pass}, nil, finding.Pass, map[string]int{"pass": 2}},
		{[]Cell{pass, none}, nil, finding.Inconclusive, map[string]int{"pass": 1, "no evidence": 1}},
		{[]Cell{old, pass}, nil, finding.Inconclusive, map[string]int{"pass": 1, "too old": 1}},
		{[]Cell{none, fail}, nil, finding.Fail, map[string]int{"fail": 1, "no evidence": 1}},
		{[]Cell{{State: Measured, Verdict: finding.Invalid}}, nil, finding.Inconclusive, map[string]int{"invalid": 1}},
		{[]Cell{pass}, []Capacity{held(Measured, finding.Pass)}, finding.Pass, one},
		{[]Cell{pass}, []Capacity{held(Measured, finding.Info)}, finding.Pass, one}, // it has no limit
		{[]Cell{pass}, []Capacity{held(Measured, finding.Pass), held(Measured, finding.Fail)}, finding.Fail, one},
		{[]Cell{pass}, []Capacity{held(Measured, finding.Invalid)}, finding.Inconclusive, one},
		{[]Cell{pass}, []Capacity{held(TooOld, finding.Fail)}, finding.Inconclusive, one},
		{[]Cell{pass}, []Capacity{held(None, "")}, finding.Inconclusive, one},
		{[]Cell{fail}, []Capacity{held(None, "")}, finding.Fail, map[string]int{"fail": 1}},
	} {
		m := &Matrix{Cells: c.cells, Held: c.held}
		if got := m.Verdict(); got != c.want {
			t.Errorf("%+v, %+v: %s, want %s", c.cells, c.held, got, c.want)
		}
		if diff := cmp.Diff(c.words, m.Count()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// A cell is measured again when it has no run, also after a crash, or one that is too old.
func TestCellPending(t *testing.T) {
	for word, c := range map[string]struct {
		cell Cell
		want bool
	}{
		"measured":     {Cell{Run: "runs/a", State: Measured, Verdict: finding.Fail}, false},
		"too old":      {Cell{Run: "runs/a", State: TooOld}, true},
		"never run":    {Cell{State: None}, true},
		"only crashed": {Cell{State: Measured, Verdict: finding.Invalid}, true},
	} {
		if got := c.cell.Pending(); got != c.want {
			t.Errorf("%s: pending %t", word, got)
		}
	}
}
