package neighbour_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// judged writes a simulated run and judges it over the public path.
func judged(t *testing.T, recorded simulate.Recorded) *analyzer.Judgement {
	t.Helper()
	run, err := recorded.Write(simulate.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	j, err := analyzer.Analyze(run, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// world is one setup without luck, whose neighbour slows everything down by a factor in
// eight switchback blocks.
func world(factor float64, replicates int) simulate.World {
	w := simulate.Standard(101)
	w.Setups, w.Replicates, w.Vary = w.Setups[:1], replicates, simulate.Variation{}
	w.Setups[0].Slowdown = factor
	w.Setups[0].Workers = 80
	w.Journeys[0].Rate = 9
	w.Warmup, w.Length, w.Washout, w.Neighbour = 2, 82, 2, simulate.Switchback(2, 82, 8)
	return w
}

// judgement is ISO-001 and the row of a tenant.
func isolation(t *testing.T, j *analyzer.Judgement, tenant string) (finding.Finding, float64) {
	t.Helper()
	for _, row := range j.Isolation {
		if row.Tenant == tenant {
			return synthetic.Finding(t, j, "ISO-001"), row.Slowdown.Value
		}
	}
	t.Fatalf("no row of %s", tenant)
	return finding.Finding{}, 0
}

// A slowdown of ten times fails with one trial, none passes, and one near the limit is open
// and states what it would take. The figure is the planted one, and the sentences state what
// they assume.
func TestSlowdownIsDecidedByOneTrial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		factor  float64
		verdict finding.Verdict
		want    []string
	}{
		{10, finding.Fail, []string{"limit 2×", "assuming that trials vary by 15 %", "holds unless trials vary by more than"}},
		{1, finding.Pass, []string{"limit 2×", "From 1 trial in switchback blocks", "holds unless trials vary by more than"}},
		{1.9, finding.Inconclusive, []string{"not decided against the limit of 2×", "too near the limit: not even 30 replicates"}},
		{1.5, finding.Inconclusive, []string{"not decided", "To decide with 80 % probability", "replicates"}},
	} {
		j := judged(t, world(tt.factor, 1).Record())
		f, value := isolation(t, j, finding.Everyone)
		text := strings.Join(f.Because, " ") + " " + f.Remedy
		if f.Verdict != tt.verdict || math.Abs(math.Log(value/tt.factor)) > 0.25 {
			t.Errorf("%g times: %s, %.3g: %s", tt.factor, f.Verdict, value, text)
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%g times: no %q in %q", tt.factor, want, text)
			}
		}
		if len(j.Primary) == 0 {
			t.Fatal("no primary question")
		}
		p := j.Primary[0]
		if p.ID != "ISO-001" || p.Decided != (tt.verdict != finding.Inconclusive) || (p.Why == "") != p.Decided || p.Limit != 2 ||
			p.Estimate.N != 1 {
			t.Errorf("%g times: %+v", tt.factor, p)
		}
	}
}

// What earlier runs of the lab showed takes the place of the assumption.
func TestSlowdownKnowsEarlierRuns(t *testing.T) {
	t.Parallel()
	recorded := world(1, 1).Record()
	recorded.Manifest.Priors = []results.Prior{{Question: finding.PrimaryKey("ISO-001", "shared"), Tau: 0.31, DF: 6, Runs: 5}}
	f, _ := isolation(t, judged(t, recorded), finding.Everyone)
	if text := strings.Join(f.Because, " "); !strings.Contains(text, "trials vary by 31 %, from 5 earlier runs") {
		t.Error(text)
	}
}

// More replicates decide what one leaves open, and narrow the interval.
func TestMoreReplicatesDecide(t *testing.T) {
	t.Parallel()
	width := math.Inf(1)
	for _, replicates := range []int{1, 2, 4} {
		j := judged(t, world(1.5, replicates).Record())
		row := j.Isolation[0].Slowdown
		if w := math.Log(*row.Hi / *row.Lo); w >= width {
			t.Errorf("%d replicates: %s is not narrower", replicates, finding.Figure(row))
		} else {
			width = w
		}
		if f := synthetic.Finding(t, j, "ISO-001"); replicates == 4 && f.Verdict != finding.Pass {
			t.Errorf("%d replicates: %s %v", replicates, f.Verdict, f.Because)
		}
	}
}

// slowed stretches the latencies of one tenant under the neighbour.
func slowed(recorded simulate.Recorded, w simulate.World, change func(s *results.Sample)) simulate.Recorded {
	for i := range recorded.Trials {
		samples := recorded.Trials[i].Samples
		for k := range samples {
			at := samples[k].Intended.Seconds()
			if slices.ContainsFunc(w.Neighbour, func(s simulate.Span) bool { return s.From <= at && at < s.To }) {
				change(&samples[k])
			}
		}
	}
	return recorded
}

// Of 20 tenants one is ten times slower: its row fails, though all together are within the
// limit.
func TestOneSlowTenantOfTwenty(t *testing.T) {
	t.Parallel()
	w := world(1, 1)
	w.Abiding, w.Setups[0].Workers = 20, 400
	recorded := slowed(w.Record(), w, func(s *results.Sample) {
		if s.Tenant == "t7" {
			s.Ended = s.Intended + 10*(s.Ended-s.Intended)
		}
	})
	f, together := isolation(t, judged(t, recorded), finding.Everyone)
	if f.Verdict != finding.Fail || !strings.HasPrefix(f.Because[0], "t7: ") || together > 2 {
		t.Errorf("all together %.3g, %s: %v", together, f.Verdict, f.Because)
	}
	if q := f.Quantity; q.Unit != "ratio" || q.Value < 8 || q.Value > 14 || q.Lo == nil || *q.Lo < 2 {
		t.Errorf("the figure is %s, not the slowdown of t7", finding.Figure(*q))
	}
}

// A tenant of which too little was seen is not known: the setup does not pass.
func TestQuietTenantIsNotKnown(t *testing.T) {
	t.Parallel()
	w := world(1, 1)
	recorded := w.Record()
	for i := range recorded.Trials {
		kept := 0
		recorded.Trials[i].Samples = slices.DeleteFunc(recorded.Trials[i].Samples, func(s results.Sample) bool {
			if s.Tenant == "t2" {
				kept++
				return kept%100 != 0
			}
			return false
		})
	}
	f, together := isolation(t, judged(t, recorded), finding.Everyone)
	text := strings.Join(f.Because, " ")
	if f.Verdict != finding.Inconclusive || together > 2 || !strings.Contains(text, "Not known: t2") ||
		!strings.HasPrefix(f.Because[0], "t2: the slowdown is not known") {
		t.Errorf("all together %.3g, %s: %s", together, f.Verdict, text)
	}
}

// Arrivals that only the neighbour leaves unserved fail: all, half, or a tenth of them,
// however fast they are refused.
func TestUnservedUnderTheNeighbour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		every int // one of so many is refused
		want  string
		unit  string  // of the figure
		lost  float64 // the figure, when it is a share
	}{
		{1, "under the neighbour the P95 is among the unserved arrivals", "ratio", 0},
		{2, "under the neighbour the P95 is among the unserved arrivals", "ratio", 0},
		{25, "The neighbour leaves 3.9 % of", "share", 0.04},
	} {
		w := world(1, 3)
		n := 0
		recorded := slowed(w.Record(), w, func(s *results.Sample) {
			if n++; n/2%tt.every == 0 && strings.HasPrefix(s.Tenant, "t") {
				s.Outcome, s.Ended = results.Gateway, s.Started+1000
			}
		})
		f := synthetic.Finding(t, judged(t, recorded), "ISO-001")
		if text := strings.Join(f.Because, " "); f.Verdict != finding.Fail || !strings.Contains(text, tt.want) {
			t.Errorf("one of %d refused: %s: %s", tt.every, f.Verdict, text)
		}
		if q := f.Quantity; q.Unit != tt.unit || tt.lost > 0 && (math.Abs(q.Value-tt.lost) > 0.005 || *q.Lo < 0.01 || f.Baseline.Value != 0) {
			t.Errorf("one of %d refused: the figure is %s %s", tt.every, finding.Figure(*q), q.Unit)
		}
	}
}

// Under the neighbour half of the arrivals are of a journey five times slower than the
// other, in calm a tenth: no journey is slower, so that nothing is.
func TestMixIsNoSlowdown(t *testing.T) {
	t.Parallel()
	w := world(1, 1)
	w.Journeys = []simulate.Journey{{Name: "tracking", Rate: 16, Loud: 9, Service: 0.1}, {Name: "orders", Rate: 2, Loud: 9, Service: 0.5}}
	f, value := isolation(t, judged(t, w.Record()), finding.Everyone)
	if f.Verdict != finding.Pass || value > 1.3 {
		t.Errorf("%.3g, %s: %v", value, f.Verdict, f.Because)
	}
}

// Latencies that drift by 1 % a second over a trial are no slowdown when blocks alternate.
func TestDriftIsNoSlowdown(t *testing.T) {
	t.Parallel()
	w := world(1, 1)
	w.Drift = 0.01
	f, value := isolation(t, judged(t, w.Record()), finding.Everyone)
	if f.Verdict == finding.Fail || math.Abs(math.Log(value)) > 0.2 {
		t.Errorf("%.3g, %s: %v", value, f.Verdict, f.Because)
	}
}

// With arrivals that are many together and few a tenant, the figure over all abiding tenants
// is given; tenants that are too quiet for a median are refused, each with the reason.
func TestIsolationOfQuietTenants(t *testing.T) {
	p := synthetic.Calm(8)
	p.Outage, p.Setups, p.Replicates = false, []string{"multi-tenant"}, 1
	p.Tenants, p.Rate, p.Neighbour, p.Workers = 24, 0.5, 200, 4
	j := p.Judge()
	synthetic.Sound(t, j)
	var refused int
	for _, row := range j.Isolation {
		switch {
		case row.Tenant == finding.Everyone:
			if row.Slowdown.Missing || row.Slowdown.Lo == nil || row.Slowdown.Hi == nil {
				t.Errorf("all together at %s: %+v", row.Quantile, row.Slowdown)
			}
		case row.Slowdown.Missing:
			refused++
			if row.Slowdown.Need == 0 || !strings.Contains(row.Slowdown.Warnings[0], "needs") {
				t.Errorf("%s is refused without a reason: %+v", row.Tenant, row.Slowdown)
			}
		}
	}
	if refused == 0 {
		t.Error("no tenant is too quiet, which this test is about")
	}
}
