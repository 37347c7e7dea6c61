package versus_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	// The figures of the sides have the ratio of the row.
	for _, row := range v.Rows {
		if row.Ratio.Missing || row.Measure != "latency" {
			continue
		}
		if of := row.ValueB.Value / row.ValueA.Value; math.Abs(of/row.Ratio.Value-1) > 1e-9 {
			t.Errorf("%s, %s: B/A is %.6g, the figures have %.6g", row.Journey, row.Window, row.Ratio.Value, of)
		}
	}
	v = compared(t, synthetic.OneSetup(t, 20, "multi-tenant", 1, 1), synthetic.OneSetup(t, 90, "multi-tenant", 1, 1.6))
	if v.Verdict != finding.Inconclusive || !strings.Contains(v.Reason, "these trials detect 1.97×") {
		t.Errorf("one run a side: got %s: %s", v.Verdict, v.Reason)
	}
}

// One pair of runs decides a large difference, and a side that refuses arrivals is worse. The
// other windows make no claim.
func TestCompareRefusal(t *testing.T) {
	t.Parallel()
	fast, slow := synthetic.OneSetup(t, 7, "multi-tenant", 1, 1), synthetic.OneSetup(t, 7, "hybrid", 1, 6)
	if v := compared(t, fast, slow); v.Verdict != finding.Fail || !strings.Contains(v.Reason, "B is slower, ") {
		t.Errorf("six times slower, one pair: %s: %s", v.Verdict, v.Reason)
	}
	p := synthetic.Calm(7)
	p.Setups, p.Replicates, p.Outage, p.Seconds, p.Workers = []string{"hybrid"}, 1, false, 60, 40
	n := 0
	p.Mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
		for i := range *s {
			if n++; n%30 != 0 {
				(*s)[i].Outcome = results.Refused
			}
		}
	}
	refusing := p.Write(t)
	for _, trial := range refusing.Trials {
		trial.Seed = 7 + uint64(trial.Replicate)
	}
	v := compared(t, fast, refusing)
	var words []string
	for _, row := range v.Rows {
		if row.Primary {
			words = append(words, string(row.Verdict)+" "+row.Words)
		} else if row.Verdict != finding.Info {
			t.Errorf("a row that is not primary claims: %s", row.Words)
		}
	}
	got := strings.Join(words, "\n")
	for _, want := range []string{"fail P95 of orders, calm: B is slower, it is among the arrivals of B that were not served.",
		"fail Share served, calm: A 100 %, B 6.6 %: B serves less, p = "} {
		if !strings.Contains(got, want) {
			t.Errorf("no row says %q in\n%s", want, got)
		}
	}
	if v := compared(t, refusing, fast); v.Verdict != finding.Pass {
		t.Errorf("the one that serves is called worse: %s", v.Reason)
	}
}

// All arrivals served passes when they are enough to exclude that B serves 1 point less.
func TestFewArrivalsDoNotPass(t *testing.T) {
	t.Parallel()
	few := func(seed uint64, setup string, rate float64) *results.Run {
		p := synthetic.Calm(seed)
		p.Setups, p.Replicates, p.Outage, p.Seconds, p.Rate, p.Workers = []string{setup}, 1, false, 30, rate, 40
		return p.Write(t)
	}
	for rate, want := range map[float64]string{
		0.5: "inconclusive Share served, calm: A 100 %, B 100 %: B served all of ",
		40:  "pass Share served, calm: A 100 %, B 100 %: B served all 3,124 arrivals.",
	} {
		for _, row := range compared(t, few(3, "multi-tenant", rate), few(90, "hybrid", rate)).Rows {
			if got := string(row.Verdict) + " " + row.Words; row.Measure == "served" && row.Window == "calm" && !strings.HasPrefix(got, want) {
				t.Errorf("%g/s: got %q, want %q", rate, got, want)
			}
		}
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

// Two runs behind different ingresses differ in that. A run of before is one behind nginx.
func TestDifferencesNameTheIngress(t *testing.T) {
	manifest := func(name results.Ingress) results.Manifest {
		return results.Manifest{Setups: []results.Setup{{Name: "shared", Target: "lab-odoo", Ingress: name}}}
	}
	for other, want := range map[results.Ingress][]versus.Difference{
		results.IngressTraefik: {{What: "setup: ingress", A: "nginx", B: "traefik"}},
		results.IngressNginx:   nil,
		"":                     nil,
	} {
		if diff := cmp.Diff(want, versus.Differences(manifest(results.IngressNginx), manifest(other), "shared", "shared")); diff != "" {
			t.Errorf("nginx and %q: %s", other, diff)
		}
	}
}
