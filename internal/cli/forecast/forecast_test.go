package forecast

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// two is an experiment on two setups of the embedded target: 20 s calm, 10 s under the
// neighbour, nine orders a second of abiding tenants.
func two() (*spec.Experiment, *plan.Plan) {
	e := &spec.Experiment{Name: "two", Replicates: 10, Stopping: &spec.Stopping{AtLeast: 1},
		Tenants:    map[string]results.Role{"t1": results.Abiding, "n1": results.Disruptive},
		Promises:   &results.Promises{Slowdown: 3},
		Objectives: []results.Objective{{Name: "fast", Target: 0.9, Journeys: []string{"orders"}}, {Name: "slow", Target: 0.9, Journeys: []string{"returns"}}},
	}
	p := &plan.Plan{}
	for _, name := range []string{"shared", "dedicated"} {
		e.Setups = append(e.Setups, spec.Setup{Name: name, Lab: &spec.LabTarget{Kind: "embedded"},
			Tenants: []spec.TenantAccess{{Name: "t1"}, {Name: "n1"}}})
		p.Trials = append(p.Trials, plan.Trial{Setup: name, Length: 40 * time.Second,
			Bursts: []plan.Burst{
				{Scenario: "day", Duration: 40 * time.Second, Expected: []results.Load{
					{Tenant: "t1", Journey: "orders", Planned: 360}, {Tenant: "t1", Journey: "rare", Planned: 4}}},
				{Scenario: "noise", Start: 30 * time.Second, Duration: 10 * time.Second,
					Expected: []results.Load{{Tenant: "n1", Journey: "import", Planned: 1000}}}},
			Windows: []results.Window{
				{Kind: results.WindowWarmup, From: 0, To: results.OffsetOf(10 * time.Second)},
				{Kind: results.WindowBaseline, From: results.OffsetOf(10 * time.Second), To: results.OffsetOf(30 * time.Second)},
				{Kind: results.WindowNeighbor, From: results.OffsetOf(30 * time.Second), To: results.OffsetOf(40 * time.Second)}},
		})
	}
	return e, p
}

// Arrivals are 180 calm and 90 under the neighbour, which are worth as much as 120 each. The rare
// journey has too few. The variance within a trial is
// 2 * 2 * 0.95 / (0.05 * 120 * ln(0.05)^2) + 2 * 0.15^2 = 0.1156 at P95.
func TestNew(t *testing.T) {
	f := withoutHistory(two())
	var got []string
	for _, q := range f.Questions {
		got = append(got, fmt.Sprintf("%s limit %.3g, %.0f arrivals, P%g, within %.4f, tau %.2g with %g", q.ID, q.Limit, q.Count, 100*q.P,
			q.Design.Within, q.Design.Prior.Tau, q.Design.Prior.DF)+q.Why)
	}
	want := []string{
		"ISO-001 limit 3, 120 arrivals, P95, within 0.1156, tau 0.15 with 4",
		"SLO-001 limit 9, 270 arrivals, P0, within 0.0823, tau 0.4 with 4",
		"SLO-001 limit 9, 0 arrivals, P0, within 0.0000, tau 0 with 0no arrivals are expected",
		"ISO-001 limit 3, 120 arrivals, P95, within 0.1156, tau 0.15 with 4",
		"CMP-002 limit 1, 90 arrivals, P95, within 0.1391, tau 0.15 with 4",
		"SLO-001 limit 9, 270 arrivals, P0, within 0.0823, tau 0.4 with 4",
		"SLO-001 limit 9, 0 arrivals, P0, within 0.0000, tau 0 with 0no arrivals are expected",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	if f.Replicate != 98*time.Second {
		t.Errorf("a replicate takes %s, want two trials of 40 s and 9 s each", f.Replicate)
	}
}

// Comparisons are about the percentile that the experiment states. The rare journey has enough
// arrivals for a median, and too few for P90.
func TestStatedPercentile(t *testing.T) {
	e, p := two()
	for _, each := range []struct {
		stated       float64
		orders, rare int64
		want         string
	}{
		{0.5, 360, 16, "P50, 125 arrivals"},
		{0.9, 360, 16, "P90, 120 arrivals"},
		{0.9, 20, 16, "P0, 0 arrivals: too few arrivals a trial: 18 and 9 are expected, a P90 needs 20 of a journey"},
		{0, 20, 0, "P50, 7 arrivals"},
	} {
		e.Promises.Percentile = each.stated
		for i := range p.Trials {
			expected := p.Trials[i].Bursts[0].Expected
			expected[0].Planned, expected[1].Planned = each.orders, each.rare
		}
		q := withoutHistory(e, p).Questions[0]
		got := strings.TrimSuffix(fmt.Sprintf("P%g, %.0f arrivals: %s", 100*q.P, q.Count, q.Why), ": ")
		if got != each.want {
			t.Errorf("stated %g: %s: %s, want %s", each.stated, q.ID, got, each.want)
		}
	}
}

// Blocks that alternate let a prior with more degrees of freedom hold, and divide what varies
// from window to window.
func TestSwitchback(t *testing.T) {
	e, p := two()
	p.Trials[0].Windows = p.Trials[0].Windows[:1]
	for i := range 8 {
		kind := []string{results.WindowBaseline, results.WindowNeighbor}[i%2]
		p.Trials[0].Windows = append(p.Trials[0].Windows, results.Window{Kind: kind, Block: i + 1,
			From: results.OffsetOf(time.Duration(i) * 5 * time.Second), To: results.OffsetOf(time.Duration(i+1) * 5 * time.Second)})
	}
	q := New(e, p, nil).Questions[0]
	if want := 2*2*0.95/(0.05*180*math.Log(0.05)*math.Log(0.05)) + 2*0.0225/4; q.Design.Prior != moderated.Switchback() || math.Abs(q.Design.Within-want) > 1e-9 {
		t.Errorf("%+v, want a variance of %.4f", q.Design, want)
	}
}

// Earlier runs replace the assumption of their question alone.
func TestHistoryCounts(t *testing.T) {
	e, p := two()
	f := New(e, p, []results.Prior{{Question: "CMP-002 dedicated", Tau: 0.05, DF: 12, Runs: 6, Within: 0.02}})
	if got := f.Questions[4].Design.Prior; got != (moderated.Prior{Tau: 0.05, DF: 12, Runs: 6}) {
		t.Errorf("prior %+v", got)
	}
	if got := f.Questions[4].Design.Within; got != 0.02 {
		t.Errorf("variance within trials %g", got)
	}
	if got := f.Questions[0].Design.Within; math.Abs(got-0.1156) > 1e-4 {
		t.Errorf("variance within trials of another question %g", got)
	}
	if got := f.Questions[0].Design.Prior; got != moderated.Default() {
		t.Errorf("prior of another question %+v", got)
	}
}

// What is proposed finds the effect, and what is a little less does not.
func TestChanges(t *testing.T) {
	q := withoutHistory(two()).Questions[4]
	const truth, chance = 1.4, 0.8
	if right := q.Course(truth).Right; right > 0.6 {
		t.Fatalf("found with %.2f already", right)
	}
	n := q.Replicates(truth, chance)
	less, more := q, q
	less.Design.AtMost, more.Design.AtMost = n-1, n
	if a, b := less.Course(truth).Right, more.Course(truth).Right; !(a < chance && b >= chance) {
		t.Errorf("%d replicates: %.3f with one less, %.3f with them", n, a, b)
	}
	factor := q.Longer(truth, chance)
	less, more = q, q
	less.Design.Within, more.Design.Within = q.Design.Within/factor*1.1, q.Design.Within/factor
	if a, b := less.Course(truth).Right, more.Course(truth).Right; !(a < chance && b >= chance) {
		t.Errorf("%.1f times the arrivals: %.3f with less, %.3f with them", factor, a, b)
	}
	if got := q.Longer(1.02, chance); got != 0 {
		t.Errorf("%.0f times the arrivals decide 2 %%, although trials vary by 15 %%", got)
	}
	below, above := q.Detect(chance)
	if math.Abs(below*above-1) > 1e-9 || math.Abs(q.Course(above).Right-chance) > 0.01 {
		t.Errorf("%.3f and %.3f are found with %.3f", below, above, q.Course(above).Right)
	}
}

// withoutHistory is [New] where no earlier run is at hand.
func withoutHistory(e *spec.Experiment, p *plan.Plan) Forecast { return New(e, p, nil) }
