package latency

import (
	"iter"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

func at(seconds float64) results.Offset { return results.Offset(seconds * 1e9) }

// judged is a run of one trial that is small enough to be computed by hand. Each second of
// 40 has an order of t1, which starts 100 ms late:
//
//	 0 to  9   warm-up, served after 5 s
//	10 to 29   baseline, served 400 ms after they were due
//	30 to 39   burst, refused after 10 ms
//
// The tenant t2 is disruptive. Its one order in the baseline takes 3 s.
func judged() (Rows, []finding.Finding) {
	trial := &results.TrialData{Trial: results.Trial{
		Name: "01-shared", Setup: "shared", Replicate: 1, Position: 1, Base: time.Unix(0, 0), Length: at(40), Warmup: at(10),
		State: results.TrialComplete,
		Windows: []results.Window{
			{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: at(10)},
			{Name: results.WindowBaseline, Kind: results.WindowBaseline, From: at(10), To: at(30)},
			{Name: "burst", Kind: results.WindowNeighbor, From: at(30), To: at(40)},
		},
	}}
	var samples results.SampleColumns
	add := func(tenant string, due, started, ended float64, outcome results.Outcome) {
		samples.Append(results.Sample{Scenario: "s", Tenant: tenant, Journey: "orders", Step: results.Journey, Outcome: outcome,
			Intended: at(due), Started: at(started), Ended: at(ended)})
	}
	for s := range 40 {
		due := float64(s)
		switch {
		case s < 10:
			add("t1", due, due+0.1, due+5, results.OK)
		case s < 30:
			add("t1", due, due+0.1, due+0.4, results.OK)
		default:
			add("t1", due, due, due+0.01, results.Refused)
		}
	}
	add("t2", 20.5, 20.5, 23.5, results.OK)
	recorded := &results.Run{Trials: []*results.TrialData{trial}, Manifest: results.Manifest{Setups: []results.Setup{{Name: "shared",
		Tenants: []results.Tenant{{Name: "t1", Role: results.Abiding}, {Name: "t2", Role: results.Disruptive}}}}}}
	var columns iter.Seq2[*results.SampleColumns, error] = func(yield func(*results.SampleColumns, error) bool) { yield(&samples, nil) }
	var none iter.Seq2[results.Write, error] = func(func(results.Write, error) bool) {}
	return Judge(run.Load(recorded, []run.Source{{TrialData: trial, Samples: columns, Writes: none}}, run.Options{Level: 0.95}))
}

// Latency counts from the intended start, service from the actual one. Refused arrivals
// have no finite percentile, although they ended in 10 ms. Abiding tenants are one group,
// without the disruptive one.
func TestWindowRows(t *testing.T) {
	type row struct {
		Offered, Good         int
		P50, Service          float64
		CensoredP50, NoServed bool
	}
	got := map[string]row{}
	rows, _ := judged()
	for _, w := range rows.Windows {
		got[w.Tenant+" "+w.Window] = row{w.Offered, w.Good, round(w.Latency.P50), round(w.Service.P50), w.Latency.P50.Censored, w.Service.P50.N == 0}
	}
	want := map[string]row{
		"* baseline":  {20, 20, 0.4, 0.3, false, false},
		"t1 baseline": {20, 20, 0.4, 0.3, false, false},
		"t2 baseline": {1, 1, 0, 0, false, false}, // one arrival has no median with an interval
		"* warmup":    {10, 10, 5, 4.9, false, false},
		"t1 warmup":   {10, 10, 5, 4.9, false, false},
		"* burst":     {10, 0, 0.01, 0, true, true},
		"t1 burst":    {10, 0, 0.01, 0, true, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// round is the value of a quantity to the millisecond, 0 where there are too few arrivals.
func round(q finding.Quantity) float64 {
	if q.N == 0 || q.Missing {
		return 0
	}
	return math.Round(q.Value*1000) / 1000
}

// LAT-001 describes the baseline, LAT-002 the arrivals that were not served. No finding
// decides the verdict.
func TestFindings(t *testing.T) {
	_, findings := judged()
	var got []string
	for _, f := range findings {
		if f.Verdict != finding.Info {
			t.Errorf("%s: verdict %s, want info", f.ID, f.Verdict)
		}
		got = append(got, f.ID+" "+f.Scope.Window+": "+f.Because[0])
	}
	want := []string{
		"LAT-001 baseline: 20 arrivals, 20 served.",
		"LAT-002 burst: None of 10 arrivals served: 10 refused.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Curves have one value a second, over the arrivals that were due then. A second whose
// arrival was not served has an error and no percentile.
func TestCurves(t *testing.T) {
	rows, _ := judged()
	if len(rows.Trials) != 1 || rows.Trials[0].Bin != 1 {
		t.Fatalf("%d trials, bin %g s", len(rows.Trials), rows.Trials[0].Bin)
	}
	got := map[string][2]float64{} // at 15 s and at 35 s; -1: no value
	for _, c := range rows.Trials[0].Curves {
		if c.Tenant != finding.Everyone {
			continue
		}
		values := [2]float64{-1, -1}
		for i, second := range []int{15, 35} {
			if v := c.Values[second]; v != nil {
				values[i] = math.Round(*v*1000) / 1000
			}
		}
		got[c.Name] = values
	}
	want := map[string][2]float64{
		"p50": {0.4, -1}, "p95": {0.4, -1}, "offered": {1, 1}, "started": {1, 1}, "good": {1, 0}, "errors": {0, 1},
		"outcome:refused": {0, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The spectrum leaves out the warm-up and the disruptive tenant.
func TestSpectrum(t *testing.T) {
	rows, _ := judged()
	got := map[string]int{}
	for _, line := range rows.Trials[0].Spectrum {
		got[line.Window] = line.N
		if p50 := line.Points[0][1]; math.Abs(p50-0.4) > 1e-5 {
			t.Errorf("%s begins at %g s, want 0.4", line.Window, p50)
		}
	}
	if diff := cmp.Diff(map[string]int{"baseline": 20}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
