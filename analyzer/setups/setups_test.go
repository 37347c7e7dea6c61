package setups_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// compared judges the setups of a simulated world, without a disk.
func compared(w simulate.World) (setups.Rows, []finding.Primary, []finding.Finding) {
	return judged(w.Record())
}

func judged(recorded simulate.Recorded) (setups.Rows, []finding.Primary, []finding.Finding) {
	of := &results.Run{Manifest: recorded.Manifest}
	var sources []run.Source
	for i := range recorded.Trials {
		t := &recorded.Trials[i]
		of.Trials = append(of.Trials, &t.TrialData)
		sources = append(sources, run.Source{TrialData: &t.TrialData, Samples: synthetic.Columns(t.Samples), Writes: synthetic.Rows(t.Writes)})
	}
	return setups.Judge(run.Load(of, sources, run.Options{}.HeldTo(of.Manifest.Promises).OrDefaults()))
}

// switched is the standard world with eight blocks.
func switched(seed uint64, replicates int) simulate.World {
	w := simulate.Standard(seed)
	w.Neighbour, w.Replicates = simulate.Switchback(2, 42, 8), replicates
	return w
}

func endpoint(t *testing.T, rows setups.Rows, family, measure string) setups.Endpoint {
	t.Helper()
	for _, e := range rows.Endpoints {
		if e.Family == family && e.Measure == measure {
			return e
		}
	}
	t.Fatalf("no endpoint %s %s", family, measure)
	return setups.Endpoint{}
}

// A planted factor multiplies every latency under the neighbour, so that the estimate of
// the slower setup is that of the same world without it, times the factor; exactly, since
// the calm blocks do not change.
func TestPlantedFactorIsTheEffect(t *testing.T) {
	t.Parallel()
	plain, slow := switched(5, 3), switched(5, 3)
	slow.Setups[1].Slowdown = 3.9
	before, _, _ := compared(plain)
	after, primary, all := compared(slow)
	a, b := endpoint(t, before, "neighbour", setups.MeasureLatency), endpoint(t, after, "neighbour", setups.MeasureLatency)
	if got := b.Effect.Value / a.Effect.Value; math.Abs(got-3.9) > 1e-3 {
		t.Errorf("the effect grew %.4f times, want 3.9", got)
	}
	if got := b.ValueB.Value / a.ValueB.Value; math.Abs(got-3.9) > 1e-3 || b.ValueA.Value != a.ValueA.Value {
		t.Errorf("B grew %.4f times, A from %v to %v", got, a.ValueA.Value, b.ValueA.Value)
	}
	if a.Side != 0 || b.Side != 1 || b.Pairs != 3 || b.Quantile != "p95" || !b.Main {
		t.Errorf("sides %d and %d, %d pairs, %s", a.Side, b.Side, b.Pairs, b.Quantile)
	}
	if !(*b.Effect.Lo > 1) || !(b.P.Value <= b.Alpha) || !(b.Tipping.Value > 0.15) {
		t.Errorf("interval from %g, p %g at %g, tipping %g", *b.Effect.Lo, b.P.Value, b.Alpha, b.Tipping.Value)
	}
	for _, words := range []string{"hybrid is slower than shared next to the disruptive tenant: P95 of hybrid/shared 3.", "96.2 % interval, 3 pairs",
		"It holds unless trials vary by more than ", "(15 % is assumed)"} {
		if !strings.Contains(b.Words, words) {
			t.Errorf("%q does not say %q", b.Words, words)
		}
	}
	if len(primary) != 1 || !primary[0].Decided || primary[0].ID != "CMP-002" || math.Abs(primary[0].Level-0.9625) > 1e-9 {
		t.Errorf("primary %+v", primary)
	}
	var verdicts []string
	for _, f := range all {
		verdicts = append(verdicts, f.ID+" "+string(f.Verdict))
	}
	if got := strings.Join(verdicts, ", "); got != "CMP-001 inconclusive, CMP-002 info" {
		t.Errorf("findings %s", got)
	}
}

// An undecided comparison states what these trials would have found.
func TestUndecidedSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	rows, primary, _ := compared(switched(5, 3))
	e := endpoint(t, rows, "neighbour", setups.MeasureLatency)
	if !strings.Contains(e.Words, "Undecided next to the disruptive tenant") || !strings.Contains(e.Words, "or more (power 80 %)") {
		t.Error(e.Words)
	}
	if primary[0].Decided || primary[0].Why != e.Words {
		t.Errorf("primary %+v", primary[0])
	}
	served := endpoint(t, rows, "neighbour", setups.MeasureServed)
	if !strings.HasPrefix(served.Words, "Both served all arrivals next to the disruptive tenant (") {
		t.Error(served.Words)
	}
	for _, row := range rows.Compared {
		if row.Verdict != finding.Info || strings.Contains(row.Words, "slower") || strings.Contains(row.Words, "faster") {
			t.Errorf("a row for exploring claims: %s", row.Words)
		}
	}
}

// A row of one window has an interval from three pairs on: in a busy pool those of one pair
// cover 75 % (docs/methods.md).
func TestRowsHaveIntervalsFromThreePairs(t *testing.T) {
	t.Parallel()
	for _, pairs := range []int{2, 3} {
		rows, _, _ := compared(switched(5, pairs))
		for _, row := range rows.Compared {
			if row.Ratio.Missing || (row.Ratio.Lo != nil) != (pairs >= 3) || (row.Ratio.Hi != nil) != (pairs >= 3) {
				t.Errorf("%d pairs: %s", pairs, row.Words)
			}
		}
	}
}

// A setup that refuses nearly everything is worse, from one pair on; one that refuses a
// tenth, from three.
func TestRefusalIsWorse(t *testing.T) {
	t.Parallel()
	w := switched(5, 1)
	w.Setups[1].Refused = 0.97
	rows, _, _ := compared(w)
	for _, family := range []string{"calm", "neighbour"} {
		latency, served := endpoint(t, rows, family, setups.MeasureLatency), endpoint(t, rows, family, setups.MeasureServed)
		if latency.Side != 1 || !strings.Contains(latency.Words, "its P95 is among the arrivals that were not served") {
			t.Errorf("%s: %s", family, latency.Words)
		}
		if served.Side != 1 || !strings.Contains(served.Words, "hybrid serves less than shared") {
			t.Errorf("%s: %s", family, served.Words)
		}
	}
	w = switched(7, 4)
	w.Setups[1].RefusedLoud = 0.15
	rows, _, _ = compared(w)
	if e := endpoint(t, rows, "neighbour", setups.MeasureServed); e.Side != 1 || !(e.Effect.Value < -0.1 && e.Effect.Value > -0.2) {
		t.Error(e.Words)
	}
	// The P95 of both is among what was refused, so that the share served alone answers.
	w.Setups[0].RefusedLoud, w.Setups[1].RefusedLoud = 0.1, 0.6
	rows, primary, _ := compared(w)
	latency, served := endpoint(t, rows, "neighbour", setups.MeasureLatency), endpoint(t, rows, "neighbour", setups.MeasureServed)
	if latency.Verdict != finding.Inconclusive || served.Side != 1 || !primary[0].Decided {
		t.Errorf("%s %s decided %t", latency.Words, served.Words, primary[0].Decided)
	}
}

// A comparison is about the percentile that the experiment states, or it is refused.
func TestStatedPercentile(t *testing.T) {
	t.Parallel()
	w := switched(5, 1)
	w.Promises = &results.Promises{Percentile: 0.5}
	rows, _, _ := compared(w)
	if e := endpoint(t, rows, "neighbour", setups.MeasureLatency); e.Quantile != "p50" || !strings.Contains(e.Words, "P50 of hybrid/shared") {
		t.Errorf("%s: %s", e.Quantile, e.Words)
	}
	for i := range w.Journeys {
		w.Journeys[i].Rate = 0.2
	}
	w.Promises.Percentile = 0.95
	rows, _, _ = compared(w)
	if e := endpoint(t, rows, "neighbour", setups.MeasureLatency); e.Quantile != "" || !strings.Contains(e.Words, "for a P95") {
		t.Errorf("%s: %s", e.Quantile, e.Words)
	}
}

// The same fault takes effect sooner on one setup, and so acts longer there: only what both
// have in common is compared, and no difference is claimed.
func TestUnequalExposure(t *testing.T) {
	t.Parallel()
	w := simulate.Standard(3)
	w.Neighbour, w.Replicates, w.Length = nil, 3, 100
	w.Faults = []simulate.Fault{{Name: "pg", At: 30, For: 30, Delay: 5, Slower: 6, Setups: []string{"shared"}},
		{Name: "pg", At: 30, For: 30, Delay: 20, Slower: 6, Setups: []string{"hybrid"}}}
	recorded := w.Record()
	for i := range recorded.Trials {
		t := &recorded.Trials[i]
		own := t.Injections[0]
		if t.Setup == "hybrid" {
			own = t.Injections[1]
		}
		t.Injections = []results.Injection{own}
	}
	rows, _, all := judged(recorded)
	e := endpoint(t, rows, "faults", setups.MeasureLatency)
	if e.Side != 0 || math.Abs(math.Log(e.Effect.Value)) > 0.4 || !e.Main {
		t.Errorf("%s", e.Words)
	}
	want := "pg did not act for the same time in all trials: only the first 10 s of its effect count."
	if f := all[1]; f.ID != "CMP-003" || f.Because[len(f.Because)-1] != want {
		t.Errorf("%s %q", f.ID, f.Because)
	}
	// Of the same duration, what follows counts, too.
	w.Faults = []simulate.Fault{{Name: "pg", At: 30, For: 10, Delay: 1}}
	w.Setups[1].Latency = 4
	rows, _, _ = compared(w)
	if e := endpoint(t, rows, "faults", setups.MeasureServed); !(e.ValueA.Value > 0.65 && e.ValueA.Value < 0.85) {
		t.Errorf("of the 39 s from the effect on, 9 s are an outage: served %.2f", e.ValueA.Value)
	}
}

// A trial that was halted is compared with the same part of the other.
func TestHaltedTrialCounts(t *testing.T) {
	t.Parallel()
	w := simulate.Standard(3)
	w.Setups[1].RefusedLoud = 1
	recorded := w.Record()
	b := &recorded.Trials[1]
	b.State, b.Length = results.TrialHalted, synthetic.At(30)
	kept := b.Samples[:0]
	for _, s := range b.Samples {
		if s.Intended < b.Length {
			kept = append(kept, s)
		}
	}
	b.Samples = kept
	rows, _, _ := judged(recorded)
	e := endpoint(t, rows, "neighbour", setups.MeasureServed)
	if e.Side != 1 || e.ValueA.N > e.ValueB.N+5 || e.ValueB.N == 0 {
		t.Errorf("%s (%d and %d arrivals)", e.Words, e.ValueA.N, e.ValueB.N)
	}
}

// A replicate that is copied counts once.
func TestCopiedPairCountsOnce(t *testing.T) {
	t.Parallel()
	recorded := switched(5, 1).Record()
	for k := range 2 {
		for _, trial := range recorded.Trials[:2] {
			trial.Name += "-copy"
			trial.Replicate = 2 + k
			recorded.Trials = append(recorded.Trials, trial)
		}
	}
	rows, _, _ := judged(recorded)
	if e := endpoint(t, rows, "neighbour", setups.MeasureLatency); e.Pairs != 1 {
		t.Errorf("%d pairs of one that was copied twice", e.Pairs)
	}
}

// Trials are paired by replicate: luck that both trials of a replicate share is no spread.
func TestPairing(t *testing.T) {
	t.Parallel()
	recorded := switched(5, 4).Record()
	for i := range recorded.Trials {
		t := &recorded.Trials[i]
		for k := range t.Samples { // latencies double from replicate to replicate
			s := &t.Samples[k]
			s.Ended = s.Intended + (s.Ended-s.Intended)<<t.Replicate
		}
	}
	plain, _, _ := compared(switched(5, 4))
	rows, _, _ := judged(recorded)
	a, b := endpoint(t, plain, "neighbour", setups.MeasureLatency), endpoint(t, rows, "neighbour", setups.MeasureLatency)
	if math.Abs(a.Effect.Value/b.Effect.Value-1) > 1e-3 || math.Abs(*a.Effect.Hi / *b.Effect.Hi - 1) > 1e-3 {
		t.Errorf("%s; with luck that both sides share: %s", a.Words, b.Words)
	}
}

// One setup that is slower at all times is found in its calm windows and under the
// neighbour; the calm blocks then explain no part of it.
func TestSlowerAtAllTimes(t *testing.T) {
	t.Parallel()
	plain, _, _ := compared(switched(11, 6))
	w := switched(11, 6)
	w.Setups[1].Latency = 4
	rows, _, _ := compared(w)
	for _, family := range []string{"calm", "neighbour"} {
		e := endpoint(t, rows, family, setups.MeasureLatency)
		if e.Side != 1 || !(e.Effect.Value > 3 && e.Effect.Value < 5.5) {
			t.Errorf("%s: %s", family, e.Words)
		}
	}
	if a, b := endpoint(t, plain, "calm", setups.MeasureLatency), endpoint(t, rows, "calm", setups.MeasureLatency); math.Abs(b.Effect.Value/a.Effect.Value-4) > 1e-3 {
		t.Errorf("calm effect %.4f, of identical setups %.4f", b.Effect.Value, a.Effect.Value)
	}
}

// Six pairs without a difference of 200 arrivals a second are no material difference.
func TestNoMaterialDifference(t *testing.T) {
	t.Parallel()
	w := simulate.Standard(2)
	w.Neighbour, w.Replicates, w.Vary = nil, 10, simulate.Variation{}
	w.Journeys[0].Rate, w.Setups[0].Workers, w.Setups[1].Workers = 100, 300, 300
	rows, primary, all := compared(w)
	if e := endpoint(t, rows, "calm", setups.MeasureLatency); e.Verdict != finding.Pass || !strings.HasPrefix(e.Words, "No material difference in calm windows: P95") {
		t.Errorf("%s", e.Words)
	}
	if !primary[0].Decided || all[0].Verdict != finding.Pass {
		t.Errorf("primary %+v, finding %s", primary[0], all[0].Verdict)
	}
}

// What these trials find rests on how much they varied, when that is more than assumed: one
// replicate five times slower and the next five times faster find less than steady ones.
func TestContradictoryReplicatesFindLess(t *testing.T) {
	t.Parallel()
	steady, contrary := switched(5, 6).Record(), switched(5, 6).Record()
	for i := range contrary.Trials {
		trial := &contrary.Trials[i]
		factor := 5.0
		if trial.Replicate%2 == 0 {
			factor = 0.2
		}
		for k := range trial.Samples {
			if s := &trial.Samples[k]; trial.Setup == "hybrid" {
				s.Ended = s.Intended + results.Offset(factor*float64(s.Ended-s.Intended))
				s.Started = min(s.Started, s.Ended)
			}
		}
	}
	finds := func(r simulate.Recorded) (ratio float64, words string) {
		rows, _, _ := judged(r)
		e := endpoint(t, rows, "neighbour", setups.MeasureLatency)
		if _, err := fmt.Sscanf(e.Takes, "These trials find %f× or more", &ratio); err != nil {
			t.Fatalf("%q: %v", e.Takes, err)
		}
		return ratio, e.Words
	}
	few, _ := finds(steady)
	many, words := finds(contrary)
	if few > 1.7 || many < 3 || !strings.Contains(words, "6 pairs") {
		t.Errorf("steady trials find %g×, contradictory ones %g×: %s", few, many, words)
	}
}

// No further trial decides what no side served: the remedy is another.
func TestUnservedOnBothSidesNeedsAnotherRemedy(t *testing.T) {
	t.Parallel()
	w := switched(5, 2)
	for i := range w.Setups {
		w.Setups[i].RefusedLoud = 1
	}
	_, _, all := compared(w)
	for _, f := range all {
		if f.ID == "CMP-002" && (f.Verdict != finding.Inconclusive ||
			f.Remedy != "Compare the shares served: the latency of arrivals that were not served is not known.") {
			t.Errorf("%s: %q, remedy %q", f.Verdict, f.Because, f.Remedy)
		}
	}
}
