package latency

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// many judges a run of n abiding tenants and a disruptive one, one trial of 40 s. Tenant k has
// an arrival in the warm-up and nine in the baseline, each served k × 10 ms after it was due. The last tenant has
// three more in the burst, of which two are refused.
func many(n int) Rows {
	trial := &results.TrialData{Trial: results.Trial{
		Name: "01-shared", Setup: "shared", Replicate: 1, Position: 1, Length: at(40), Warmup: at(1), State: results.TrialComplete,
		Windows: []results.Window{
			{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: at(1)},
			{Name: results.WindowBaseline, Kind: results.WindowBaseline, From: at(1), To: at(30)},
			{Name: "burst", Kind: results.WindowNeighbor, From: at(30), To: at(40)},
		},
	}}
	var samples results.SampleColumns
	add := func(tenant string, due, latency float64, outcome results.Outcome) {
		samples.Append(results.Sample{Scenario: "s", Tenant: tenant, Journey: "orders", Step: results.Journey, Outcome: outcome,
			Intended: at(due), Started: at(due), Ended: at(due + latency)})
	}
	setup := results.Setup{Name: "shared", Tenants: []results.Tenant{{Name: "loud", Role: results.Disruptive}}}
	for k := 1; k <= n; k++ {
		setup.Tenants = append(setup.Tenants, results.Tenant{Name: fmt.Sprint("t", k), Role: results.Abiding})
	}
	for i := range 10 {
		for k := 1; k <= n; k++ {
			add(fmt.Sprint("t", k), float64(2*i)+float64(k)/1000, float64(k)/100, results.OK)
		}
	}
	add("loud", 31, 5, results.OK)
	for i, outcome := range []results.Outcome{results.OK, results.Refused, results.Refused} {
		add(fmt.Sprint("t", n), float64(32+i), 1, outcome)
	}
	recorded := &results.Run{Trials: []*results.TrialData{trial}, Manifest: results.Manifest{Setups: []results.Setup{setup}}}
	var columns iter.Seq2[*results.SampleColumns, error] = func(yield func(*results.SampleColumns, error) bool) { yield(&samples, nil) }
	var none iter.Seq2[results.Write, error] = func(func(results.Write, error) bool) {}
	r := run.Load(recorded, []run.Source{{TrialData: trial, Samples: columns, Writes: none}}, run.Options{Level: 0.95})
	defer r.Close()
	rows, _ := Judge(r)
	return rows
}

// A run of many tenants has their distribution, and shows the six slowest, the median and the
// fastest one, and the disruptive one. A run of few shows all.
func TestSpreadOverTenants(t *testing.T) {
	if rows := many(20); rows.Spread != nil {
		t.Errorf("21 tenants: spread %+v, want none", rows.Spread)
	}
	rows := many(99)
	value := func(v float64) *float64 { return &v }
	want := &Spread{
		Tenants: 100,
		Shown:   []string{"loud", "t1", "t50", "t94", "t95", "t96", "t97", "t98", "t99"},
		Rows: []SpreadRow{
			{Setup: "shared", Window: results.WindowBaseline, Tenants: 99,
				Latency:  Distribution{Median: value(0.5), P95: value(0.95), Worst: value(0.99), Who: "t99"},
				Unserved: Distribution{Median: value(0), P95: value(0), Worst: value(0)}},
			{Setup: "shared", Window: "burst", Tenants: 1, // the median of one in three served is that of the refused
				Latency:  Distribution{Who: "t99"},
				Unserved: Distribution{Median: value(2.0 / 3), P95: value(2.0 / 3), Worst: value(2.0 / 3), Who: "t99"}},
		},
	}
	if diff := cmp.Diff(want, rows.Spread); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var curves []string
	for _, c := range rows.Trials[0].Curves {
		if !slices.Contains(curves, c.Tenant) {
			curves = append(curves, c.Tenant)
		}
	}
	if got, want := strings.Join(curves, " "), finding.Everyone+" "+strings.Join(want.Shown, " "); got != want {
		t.Errorf("curves of %s, want %s", got, want)
	}
	if got := len(rows.Windows); got != 2*(1+99)+3 { // of all together and of each in the warm-up and the baseline, three in the burst
		t.Errorf("%d rows of windows, want 203", got)
	}
}
