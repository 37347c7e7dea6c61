package fault_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// world is a pool that is hardly used, with one fault of five seconds at 60 s and service
// back after so many seconds. rate is that of each of three tenants.
func world(seed uint64, rate, back, length float64) simulate.World {
	w := simulate.Standard(seed)
	w.Setups, w.Disruptive, w.Neighbour, w.Length = w.Setups[:1], 0, nil, length
	w.Journeys[0].Rate, w.Journeys[0].Service = rate, 0.2
	w.Faults = []simulate.Fault{{Name: "pg", At: 60, For: 5, Back: back}}
	return w
}

// twinned adds to each trial its twin without the fault.
func twinned(w simulate.World, twins bool) *analyzer.Judgement {
	recorded := w.Record()
	r := &results.Run{Manifest: recorded.Manifest}
	var all []run.Source
	add := func(trials []simulate.Trial, twin bool) {
		for i := range trials {
			t := &trials[i]
			t.Twin = twin
			if twin {
				t.Name += "-twin"
			}
			r.Trials = append(r.Trials, &t.TrialData)
			all = append(all, run.Source{TrialData: &t.TrialData, Samples: synthetic.Columns(t.Samples), Writes: synthetic.Rows(t.Writes)})
		}
	}
	add(recorded.Trials, false)
	if twins {
		w.Faults = nil
		add(w.Record().Trials, true)
	}
	return analyzer.Judge(r, all, analyzer.Options{})
}

// What cannot be seen is not passed, and an outage that is seen is not missed.
func TestRecoveryThatCanBeSeen(t *testing.T) {
	t.Parallel()
	const never = 1000
	for _, c := range []struct {
		name               string
		rate, back, length float64
		verdict            finding.Verdict
		words              string
	}{
		{"plenty, back at once", 3, 0, 120, finding.Pass, "recovered at once."},
		{"plenty, back after ten seconds", 3, 10, 120, finding.Pass, "recovered after 10 s."},
		{"plenty, after 45 s", 3, 45, 180, finding.Fail, "recovered after 45 s, limit 30 s."},
		{"plenty, never", 3, never, 120, finding.Fail, "recovered after more than 55 s, limit 30 s."},
		{"sparse, never", 0.05, never, 180, finding.Fail, "recovered after more than 115 s, limit 30 s."},
		{"very sparse, never", 0.01, never, 120, finding.Inconclusive, "cannot be determined, "},
		{"very sparse, back at once", 0.01, 0, 120, finding.Inconclusive, "until the next event cannot show an outage: "},
		{"a short look", 3, 0, 66.5, finding.Inconclusive, "until the next event cannot show an outage: a gap of about 3 s would be needed."},
	} {
		f := synthetic.Finding(t, twinned(world(1, c.rate, c.back, c.length), false), "RES-001")
		if f.Verdict != c.verdict || !strings.Contains(f.Because[0], c.words) {
			t.Errorf("%s: %s %q, want %s %q", c.name, f.Verdict, f.Because, c.verdict, c.words)
		}
	}
}

// Over the seeds, a service that never comes back passes in none, and neither does an outage
// of 45 s, at the rates at which arrivals are few.
func TestSparseOutagesDoNotPass(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.05, 0.1} {
		for back, outage := range map[float64]string{1000: "never back", 45: "45 s"} {
			passed := 0
			const rounds = 60
			for seed := range uint64(rounds) {
				w := world(seed, rate, back, 180)
				if synthetic.Verdict(twinned(w, false), "RES-001") == finding.Pass {
					passed++
				}
			}
			if passed > rounds/20 {
				t.Errorf("%g arrivals/s, %s: %d of %d pass", 3*rate, outage, passed, rounds)
			}
		}
	}
}

// A fault without effect at a peak that overloads the pool: without a twin the peak is not
// blamed on the fault, with one the recovery is seen.
func TestPeakIsNotBlamedOnTheFault(t *testing.T) {
	t.Parallel()
	const rounds = 20
	for _, rho := range []float64{0.5, 0.9, 0.96} {
		verdicts := map[string]int{}
		for seed := range uint64(rounds) {
			w := world(seed, 3, 0, 180)
			w.Journeys[0].Service = rho * 8 / 18 // of the peak
			w.Faults[0].At, w.Faults[0].Slower = 100, 1
			w.Swings = []simulate.Swing{{Span: simulate.Span{From: 90, To: 180}, Factor: 2}}
			for _, twins := range []bool{false, true} {
				verdicts[fmt.Sprint(twins, " ", synthetic.Verdict(twinned(w, twins), "RES-001"))]++
			}
		}
		if n := verdicts["false fail"] + verdicts["true fail"]; n > 1 {
			t.Errorf("rho %g: %v", rho, verdicts)
		}
		if verdicts["true pass"] < rounds*3/4 {
			t.Errorf("rho %g: a twin decides too seldom: %v", rho, verdicts)
		}
	}
	w := world(1, 3, 1000, 180)
	w.Swings = []simulate.Swing{{Span: simulate.Span{From: 50, To: 180}, Factor: 2}}
	if f := synthetic.Finding(t, twinned(w, true), "RES-001"); f.Verdict != finding.Fail {
		t.Errorf("never back at a peak, with a twin: %s %q", f.Verdict, f.Because)
	}
	if f := synthetic.Finding(t, twinned(w, false), "RES-001"); f.Verdict == finding.Pass {
		t.Errorf("never back at a peak, without: %q", f.Because)
	}
}

// Only the real part of a fault counts, and its interval comes from the trials.
func TestRecoveryOverTrialsAndLostFault(t *testing.T) {
	t.Parallel()
	w := world(3, 3, 10, 120)
	w.Replicates = 3
	f := synthetic.Finding(t, twinned(w, false), "RES-001")
	if f.Verdict != finding.Pass || f.Because[len(f.Because)-1] != "On average 10 s [10, 10] over 3 trials." && !strings.HasPrefix(f.Because[len(f.Because)-1], "On average ") {
		t.Errorf("three trials: %s %q", f.Verdict, f.Because)
	}
	p := synthetic.Calm(2)
	p.Setups, p.Replicates = []string{"one"}, 1
	p.Mangle = func(_ *results.Trial, in []results.Injection, _ *[]results.Sample) {
		in[0].Lost, in[0].LostWhy, in[0].ProofKind = synthetic.Mark(42), "pod odoo-0 was deleted", results.ProofNoted
	}
	j := p.Judge()
	f = synthetic.Finding(t, j, "RES-001")
	if f.Verdict != finding.Inconclusive || !strings.Contains(f.Because[0], "recovered after 2 s. The fault lasted only 1.9 s (VAL-003). Its effect is noted, not shown (VAL-003).") {
		t.Errorf("a lost fault: %s %q", f.Verdict, f.Because)
	}
}
