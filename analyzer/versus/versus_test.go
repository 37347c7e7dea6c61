package versus_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/versus"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

func compared(t *testing.T, a, b *results.Run) *versus.Comparison {
	t.Helper()
	v, err := versus.Compare(versus.Side{Name: "A", Runs: []*results.Run{a}}, versus.Side{Name: "B", Runs: []*results.Run{b}}, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range v.Rows {
		for where, q := range map[string]finding.Quantity{"a": row.ValueA, "b": row.ValueB, "ratio": row.Ratio, "shift": row.Shift, "p": row.P,
			"detectable": row.Detectable} {
			synthetic.SoundQuantity(t, row.Journey+" "+row.Window+" "+where, q)
		}
	}
	return v
}

// 40 % slower in six pairs fails, with the arrows the right way round; the other way
// round it passes. A run against itself, or named twice, is refused.
func TestCompareRuns(t *testing.T) {
	t.Parallel()
	fast, slow := synthetic.OneSetup(t, 7, "multi-tenant", 6, 1), synthetic.OneSetup(t, 7, "hybrid", 6, 1.4)
	v := compared(t, fast, slow)
	if v.Verdict != finding.Fail || !v.Paired || !strings.Contains(v.Reason, "B is slower") {
		t.Errorf("got %s: %s (paired %v, %v)", v.Verdict, v.Reason, v.Paired, v.Notes)
	}
	if v.Rows[0].Dominance != "A is faster at every quantile" || len(v.Rows[0].Curve) == 0 {
		t.Errorf("dominance %q", v.Rows[0].Dominance)
	}
	var what []string
	for _, d := range v.Differences {
		what = append(what, d.What)
	}
	if got := strings.Join(what, " "); !strings.Contains(got, "setup: tenancy") {
		t.Errorf("differences %q", got)
	}
	if v := compared(t, slow, fast); v.Verdict != finding.Pass {
		t.Errorf("the faster one: got %s: %s", v.Verdict, v.Reason)
	}
	if _, err := versus.Compare(versus.Side{Name: "a", Runs: []*results.Run{fast}}, versus.Side{Name: "b", Runs: []*results.Run{fast}}, run.Options{}); err == nil ||
		!strings.Contains(err.Error(), "recorded the same") {
		t.Errorf("a run against itself: %v", err)
	}
	if _, err := versus.Compare(versus.Side{Name: "a", Runs: []*results.Run{fast, fast}},
		versus.Side{Name: "b", Runs: []*results.Run{slow}}, run.Options{}); err == nil {
		t.Error("a run that is named twice counts as evidence")
	}
}

// Runs with other arrivals are compared unpaired, and few runs decide nothing.
func TestCompareUnpaired(t *testing.T) {
	t.Parallel()
	v := compared(t, synthetic.OneSetup(t, 20, "multi-tenant", 5, 1), synthetic.OneSetup(t, 90, "multi-tenant", 6, 1.6))
	if v.Paired || v.Verdict != finding.Fail {
		t.Errorf("got %s: %s (paired %v)", v.Verdict, v.Reason, v.Paired)
	}
	v = compared(t, synthetic.OneSetup(t, 20, "multi-tenant", 1, 1), synthetic.OneSetup(t, 90, "multi-tenant", 1, 1.6))
	if v.Verdict != finding.Inconclusive || !strings.Contains(v.Reason, "3 are needed") {
		t.Errorf("one run a side: got %s: %s", v.Verdict, v.Reason)
	}
}

func TestCompareNamesTheSetups(t *testing.T) {
	t.Parallel()
	recorded := synthetic.Calm(1).Write(t)
	_, err := versus.Compare(versus.Side{Name: "A", Runs: []*results.Run{recorded}}, versus.Side{Name: "B", Runs: []*results.Run{recorded}, Setup: "hybrid"}, run.Options{})
	if err == nil || !strings.Contains(err.Error(), "write RUN@SETUP") || !strings.Contains(err.Error(), `no trial of setup "hybrid"`) {
		t.Errorf("got %v, want both problems", err)
	}
}
