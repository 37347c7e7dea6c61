package background_test

import (
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Rates become calls: ten a second over three seconds, of which one a second was
// refused over two of them.
func TestCallsToTheCarrier(t *testing.T) {
	t.Parallel()
	recorded, _ := synthetic.OutageRun(t) // its fault is at 40 s
	var points []results.Point
	for second := range 4 {
		refused := 0.0
		if second > 1 {
			refused = 1
		}
		at := synthetic.At(10 + float64(second))
		points = append(points,
			results.Point{At: at, Series: "carrier.requests", Component: "shared/carrier", Value: 10},
			results.Point{At: at, Series: "carrier.failed", Component: "shared/carrier", Value: refused, Better: "lower"})
	}
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", points)
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !synthetic.Contains(j, "BKG-003 30 calls, 2 refused.") {
		t.Errorf("30 calls, 2 of them refused: %+v", j.Findings)
	}
	if len(j.Calls) != 1 || j.Calls[0].Asked != 30 || j.Calls[0].Refused != 2 || j.Calls[0].Window != "baseline" {
		t.Errorf("all of them in the baseline: %+v", j.Calls)
	}
}

// Without a carrier that counts there is no finding.
func TestNoCarrierNoFinding(t *testing.T) {
	if got := synthetic.Verdict(synthetic.Calm(2).Judge(), "BKG-003"); got != "absent" {
		t.Errorf("BKG-003 is %s without readings", got)
	}
}

// A rate that was read after a gap belongs to all windows that the gap was in.
func TestCallsOverAGap(t *testing.T) {
	t.Parallel()
	recorded, fault := synthetic.OutageRun(t)
	half := results.Offset(2e9)
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", []results.Point{
		{At: fault.From - half, Series: "carrier.requests", Component: "shared/carrier", Value: 10},
		{At: fault.From + half, Series: "carrier.requests", Component: "shared/carrier", Value: 10}})
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Calls) != 2 || j.Calls[0].Asked != 20 || j.Calls[1].Asked != 20 {
		t.Errorf("20 calls before and 20 within the fault: %+v", j.Calls)
	}
}
