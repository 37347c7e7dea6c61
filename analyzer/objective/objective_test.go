package objective_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// trials makes a run of one setup from the good arrivals of each trial, of so many.
func trials(offered int, good ...int) *run.Run {
	recorded := &results.Run{Manifest: results.Manifest{Objectives: []results.Objective{{Name: "orders", Target: 0.9, Threshold: 1}},
		Setups: []results.Setup{{Name: "one", Tenants: []results.Tenant{{Name: "t1", Role: results.Abiding}}}}}}
	var all []run.Source
	for i, n := range good {
		t := &results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("0%d-one", i+1), Setup: "one",
			Length: synthetic.At(float64(offered)), State: results.TrialComplete}}
		var samples []results.Sample
		for k := range offered {
			s := results.Sample{Tenant: "t1", Journey: "orders", Step: results.Journey, Outcome: results.OK,
				Intended: synthetic.At(float64(k)), Started: synthetic.At(float64(k)), Ended: synthetic.At(float64(k) + 0.5)}
			if k*(offered-n)/offered != (k+1)*(offered-n)/offered {
				s.Ended = s.Intended + synthetic.At(2)
			}
			samples = append(samples, s)
		}
		recorded.Trials = append(recorded.Trials, t)
		all = append(all, run.Source{TrialData: t, Samples: synthetic.Columns(samples), Writes: synthetic.Rows([]results.Write(nil))})
	}
	return run.Load(recorded, all, run.Options{}.OrDefaults())
}

// The trials decide, not their arrivals: the verdict, its words and what would decide.
func TestObjectiveOverTrials(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r       *run.Run
		verdict finding.Verdict
		words   string
	}{
		"one trial decides what is far": {trials(600, 594), finding.Pass, "99 % of 600 events served within 1 s, target 90 %."},
		"one trial above it": {trials(600, 564), finding.Inconclusive, "94 % of 600 events served within 1 s, target 90 %; " +
			"the interval from 83.2 % to 98 % contains the target. If this share stays, 4 trials of this length decide it."},
		"three agree": {trials(600, 564, 566, 562), finding.Pass, "94 % of 1,800 events served within 1 s, target 90 %."},
		"three disagree": {trials(600, 600, 599, 493), finding.Inconclusive, "the interval from 79.1 % to 98.5 % contains the target. " +
			"If this share stays, 17 trials of this length decide it."},
		"all at the target": {trials(600, 540, 541, 539), finding.Inconclusive,
			"If this share stays, not even 50 trials of this length decide it."},
		"three below": {trials(600, 480, 481, 479), finding.Fail, "80 % of 1,800 events served within 1 s, target 90 %."},
	} {
		rows, findings := objective.Judge(c.r)
		f := findings[0]
		if f.ID != "SLO-001" || f.Verdict != c.verdict || !strings.Contains(f.Because[0], c.words) {
			t.Errorf("%s: %s %s %q, want %s %q", name, f.ID, f.Verdict, f.Because[0], c.verdict, c.words)
		}
		p := rows.Primary[0]
		if p.Decided != (c.verdict != finding.Inconclusive) || math.Abs(p.Limit-9) > 1e-9 || p.Question != "Does one keep the objective orders?" {
			t.Errorf("%s: primary %+v", name, p)
		}
		odds := rows.Objectives[0].Achieved.Value / (1 - rows.Objectives[0].Achieved.Value)
		if math.Abs(math.Exp(p.Estimate.Log)/odds-1) > 0.1 || p.Estimate.N != len(c.r.Trials) {
			t.Errorf("%s: estimate %+v, odds %g", name, p.Estimate, odds)
		}
	}
}

// 121 arrivals of one trial drift slowly from 10 ms up to 400 or 800 ms. All are good, 1 s is
// the threshold. Below half of it the queue decides nothing, and the trial passes. Above, the
// drift may go on: 121 arrivals are worth few.
func TestFarFromTheThreshold(t *testing.T) {
	t.Parallel()
	for longest, want := range map[float64]finding.Verdict{0.4: finding.Pass, 0.8: finding.Inconclusive} {
		r := trials(121, 121)
		for _, source := range r.Trials {
			for i := range source.Journeys {
				source.Journeys[i].Latency = uint32(1e6 * (0.01 + (longest-0.01)*float64(i)/120))
			}
		}
		_, findings := objective.Judge(r)
		if f := findings[0]; f.Verdict != want {
			t.Errorf("up to %g s: %s, want %s: %v", longest, f.Verdict, want, f.Because)
		}
	}
}

// Coverage: a share of the arrivals of three tenants in a pool of eight
// workers, with an outage that is the same in every trial.
func coverage(t *testing.T, rho float64, replicates, rounds int, outage bool) float64 {
	t.Helper()
	w := simulate.Standard(1)
	w.Setups, w.Disruptive, w.Neighbour = w.Setups[:1], 0, nil
	w.Journeys[0].Service = rho * 8 / 9
	w.Objectives = []results.Objective{{Name: "orders", Target: 0.9, Threshold: w.Percentile("shared", "orders", false, 0.95, 60)}}
	if outage {
		w.Faults = []simulate.Fault{{Name: "pg", At: 20, For: 3}}
	}
	share := func(w simulate.World) finding.Quantity {
		recorded := w.Record()
		r := &results.Run{Manifest: recorded.Manifest}
		var all []run.Source
		for i := range recorded.Trials {
			t := &recorded.Trials[i]
			r.Trials = append(r.Trials, &t.TrialData)
			all = append(all, run.Source{TrialData: &t.TrialData, Samples: synthetic.Columns(t.Samples), Writes: synthetic.Rows(t.Writes)})
		}
		rows, _ := objective.Judge(run.Load(r, all, run.Options{}.OrDefaults()))
		return rows.Objectives[0].Achieved
	}
	w.Seed, w.Replicates = 1<<30, 100
	truth, hits := share(w).Value, 0
	for seed := range rounds {
		w.Seed, w.Replicates = uint64(seed), replicates
		q := share(w)
		if *q.Lo <= truth && truth <= *q.Hi {
			hits++
		}
	}
	return float64(hits) / float64(rounds)
}

func TestObjectiveCovers(t *testing.T) {
	t.Parallel()
	const rounds = 40
	for _, replicates := range []int{1, 3} {
		if got := coverage(t, 0.8, replicates, rounds, true); got < 0.93-3*math.Sqrt(0.93*0.07/rounds) {
			t.Errorf("%d trials: covers in %.2f", replicates, got)
		}
	}
}
