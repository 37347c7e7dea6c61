package analyzer

import (
	"strings"
	"testing"

	"example.org/odooharness/results"
)

// oneSetup is a run of one setup without faults, a little slower or not.
func oneSetup(t *testing.T, seed uint64, name string, replicates int, slower float64) *results.Run {
	t.Helper()
	p := calmPlant(seed)
	p.setups, p.replicates, p.outage, p.wobble, p.seconds = []string{name}, replicates, false, 0.03, 60
	p.workers = 40
	p.slower = map[string]float64{name: slower}
	run := p.write(t)
	for _, trial := range run.Trials {
		trial.Seed = seed + uint64(trial.Replicate)
	}
	return run
}

func compared(t *testing.T, a, b *results.Run) *Versus {
	t.Helper()
	v, err := Compare(Side{Name: "A", Runs: []*results.Run{a}}, Side{Name: "B", Runs: []*results.Run{b}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range v.Rows {
		for where, q := range map[string]Quantity{"a": row.ValueA, "b": row.ValueB, "ratio": row.Ratio, "shift": row.Shift, "p": row.P,
			"detectable": row.Detectable} {
			soundQuantity(t, row.Journey+" "+row.Window+" "+where, q)
		}
	}
	return v
}

// 40 % slower in six pairs fails, with the arrows the right way round; the other way
// round it passes, and against itself it is the same.
func TestCompareRuns(t *testing.T) {
	t.Parallel()
	fast, slow := oneSetup(t, 7, "multi-tenant", 6, 1), oneSetup(t, 7, "hybrid", 6, 1.4)
	v := compared(t, fast, slow)
	if v.Verdict != Fail || !v.Paired || !strings.Contains(v.Reason, "B is slower") {
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
	if v := compared(t, slow, fast); v.Verdict != Pass {
		t.Errorf("the faster one: got %s: %s", v.Verdict, v.Reason)
	}
	if v := compared(t, fast, fast); v.Verdict != Pass || v.Rows[0].Ratio.Value != 1 || len(v.Differences) != 0 {
		t.Errorf("against itself: got %s: %s", v.Verdict, v.Reason)
	}
}

// Runs with other arrivals are compared unpaired, and few runs decide nothing.
func TestCompareUnpaired(t *testing.T) {
	t.Parallel()
	v := compared(t, oneSetup(t, 20, "multi-tenant", 5, 1), oneSetup(t, 90, "multi-tenant", 6, 1.6))
	if v.Paired || v.Verdict != Fail {
		t.Errorf("got %s: %s (paired %v)", v.Verdict, v.Reason, v.Paired)
	}
	v = compared(t, oneSetup(t, 20, "multi-tenant", 1, 1), oneSetup(t, 90, "multi-tenant", 1, 1.6))
	if v.Verdict != Inconclusive || !strings.Contains(v.Reason, "it takes 3") {
		t.Errorf("one run a side: got %s: %s", v.Verdict, v.Reason)
	}
}

func TestCompareNamesTheSetups(t *testing.T) {
	t.Parallel()
	run := calmPlant(1).write(t)
	_, err := Compare(Side{Name: "A", Runs: []*results.Run{run}}, Side{Name: "B", Runs: []*results.Run{run}, Setup: "hybrid"}, Options{})
	if err == nil || !strings.Contains(err.Error(), "write RUN@SETUP") || !strings.Contains(err.Error(), `no trial of setup "hybrid"`) {
		t.Errorf("got %v, want both problems", err)
	}
}

// The figure rises with the fifth of nine runs: the change is found there, and what
// differs in the manifests is named.
func TestTrend(t *testing.T) {
	t.Parallel()
	var runs []*results.Run
	for i := range 9 {
		slower, version := 1.0, "19.0"
		if i >= 5 {
			slower, version = 1.5, "19.1"
		}
		run := oneSetup(t, uint64(300+i), "multi-tenant", 1, slower)
		run.Manifest.Started = run.Manifest.Started.AddDate(0, 0, i)
		run.Manifest.Versions = map[string]string{"odoo": version}
		runs = append(runs, run)
	}
	runs[0], runs[8] = runs[8], runs[0] // given in any order
	all, notes, err := Trend(runs, Options{})
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	for _, h := range all {
		if h.Figure != "orders p50, calm" {
			continue
		}
		if len(h.Points) != 9 || len(h.Breaks) != 1 || h.Breaks[0].Run != h.Points[5].Run {
			t.Fatalf("breaks %+v", h.Breaks)
		}
		if words := h.Breaks[0].Words(h); !strings.Contains(words, "version of odoo 19.0 → 19.1") {
			t.Errorf("said %q", words)
		}
		return
	}
	t.Error("no history of orders p50")
}
