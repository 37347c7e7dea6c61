package simulate_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/results"
)

// latencies of the abiding tenants in a trial after the warm-up, s; +Inf refused.
func latencies(w simulate.World, t simulate.Trial, journey string, loud bool) []float64 {
	var all []float64
	for _, s := range t.Samples {
		at := s.Intended.Seconds()
		disturbed := slices.ContainsFunc(w.Neighbour, func(b simulate.Span) bool { return at >= b.From && at < b.To })
		if s.Tenant[0] != 't' || s.Journey != journey || at < w.Warmup || disturbed != loud {
			continue
		}
		if !s.Outcome.Good() {
			all = append(all, math.Inf(1))
			continue
		}
		all = append(all, s.Latency().Seconds())
	}
	return all
}

// Closed form: without variation the calm latencies are those of M/M/8 at 0.8.
func TestStandardWorldIsMM8(t *testing.T) {
	w := simulate.Standard(3)
	service := w.Journeys[0].Service
	truth := queueing.MMC{C: 8, Lambda: 9, Mu: 1 / service}
	for _, p := range []float64{0.5, 0.95} {
		if got, want := w.Percentile("shared", "orders", false, p, 800), truth.Quantile(p); math.Abs(got/want-1) > 0.04 {
			t.Errorf("P%g %.3f s, closed form %.3f s", 100*p, got, want)
		}
	}
	n := 0
	const trials = 50
	for seed := range uint64(trials) {
		w.Seed = seed
		n += len(latencies(w, w.Record().Trials[0], "orders", false)) + len(latencies(w, w.Record().Trials[0], "orders", true))
	}
	if got := float64(n) / trials; math.Abs(got-360) > 4*math.Sqrt(360/trials) {
		t.Errorf("%.1f arrivals of abiding tenants, want 360", got)
	}
}

// Property: a planted slowdown multiplies each latency under the neighbour, and nothing
// else; both setups of a replicate have the same arrivals.
func TestPlantedSlowdown(t *testing.T) {
	plain := simulate.Standard(1)
	slow := simulate.Standard(1)
	slow.Setups[0].Slowdown = 3.9
	a, b := plain.Record().Trials[0], slow.Record().Trials[0]
	for _, loud := range []bool{false, true} {
		x, y := latencies(plain, a, "orders", loud), latencies(slow, b, "orders", loud)
		want := 1.0
		if loud {
			want = 3.9
		}
		for i := range x {
			if math.Abs(y[i]/x[i]-want) > 1e-6 {
				t.Fatalf("arrival %d, loud %t: factor %g, want %g", i, loud, y[i]/x[i], want)
			}
		}
	}
	pair := plain.Record().Trials
	starts := func(t simulate.Trial) (all []results.Offset) {
		for _, s := range t.Samples {
			if s.Tenant[0] == 't' {
				all = append(all, s.Intended)
			}
		}
		return all
	}
	if !slices.Equal(starts(pair[0]), starts(pair[1])) {
		t.Error("the setups of a replicate have different arrivals")
	}
}

// Simulation: runs vary by what the world states.
func TestVariation(t *testing.T) {
	w := simulate.Standard(1)
	w.Vary = simulate.Variation{Run: 0.3}
	w.Replicates, w.Setups[0].Workers, w.Setups[1].Workers = 400, 60, 60 // no queue
	r := w.Record()
	var sum, squares, n float64
	for _, trial := range r.Trials {
		mean, k := 0.0, 0.0
		for _, x := range latencies(w, trial, "orders", false) {
			mean, k = mean+x, k+1
		}
		log := math.Log(mean / k)
		sum, squares, n = sum+log, squares+log*log, n+1
	}
	sd := math.Sqrt(squares/n - sum*sum/n/n)
	if want := math.Hypot(0.3, 1/math.Sqrt(180)); math.Abs(sd-want) > 0.03 {
		t.Errorf("standard deviation of the mean's logarithm %.3f, want %.3f", sd, want)
	}
}

func TestNoiseQueuesWithTheOthers(t *testing.T) {
	w := simulate.Standard(1)
	for i := range w.Setups {
		w.Setups[i].Noise = 4
	}
	w.Setups[1].Tenancy = results.Dedicated
	for name, least := range map[string]float64{"shared": 1.5, "hybrid": 0.9} {
		calm, loud := w.Percentile(name, "orders", false, 0.95, 100), w.Percentile(name, "orders", true, 0.95, 100)
		if ratio := loud / calm; ratio < least || (name == "hybrid" && ratio > 1.15) {
			t.Errorf("%s: %.2f times as slow", name, ratio)
		}
	}
}

func TestRefusedFaultsAndLadders(t *testing.T) {
	w := simulate.Standard(1)
	w.Setups[0].RefusedLoud = 1
	w.Faults = []simulate.Fault{{Name: "pg", At: 10, For: 5, Delay: 1, Back: 2}}
	trial := w.Record().Trials[0]
	for _, s := range trial.Samples {
		at := s.Intended.Seconds()
		refused := s.Tenant[0] == 't' && at >= 22 || at >= 11 && at < 17
		if s.Outcome.Good() == refused {
			t.Fatalf("%s at %.2f s: %s", s.Tenant, at, s.Outcome)
		}
	}
	var names []string
	for _, win := range trial.Windows {
		names = append(names, win.Name)
	}
	want := []string{"warmup", "baseline", "fault:pg", "after:pg", "neighbour"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	ladder := simulate.Standard(1)
	ladder.Neighbour = nil
	ladder.Ladder = []simulate.Step{{Span: simulate.Span{From: 2, To: 22}, Level: 0.5}, {Span: simulate.Span{From: 26, To: 42}, Level: 1.5}}
	counts := map[string]float64{}
	for _, trial := range simulate.World.Record(with(ladder, 200)).Trials {
		for _, s := range trial.Samples {
			if s.Tenant[0] == 't' {
				counts[map[bool]string{true: "low", false: "high"}[s.Intended.Seconds() < 24]]++
			}
		}
	}
	if rate := counts["low"] / 400 / 20; math.Abs(rate-4.5) > 0.1 {
		t.Errorf("first step: %.2f arrivals a second, want 4.5", rate)
	}
	if rate := counts["high"] / 400 / 16; math.Abs(rate-13.5) > 0.2 {
		t.Errorf("second step: %.2f arrivals a second, want 13.5", rate)
	}
}

func with(w simulate.World, replicates int) simulate.World {
	w.Replicates = replicates
	return w
}

func TestSwitchbackSpans(t *testing.T) {
	want := []simulate.Span{{From: 15, To: 20}, {From: 20, To: 25}, {From: 35, To: 40}, {From: 40, To: 45}}
	if diff := cmp.Diff(want, simulate.Switchback(10, 50, 8)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The public path: the same world gives the same files, and the analyzer judges them.
func TestWrittenAndJudged(t *testing.T) {
	w := simulate.Standard(5)
	w.Replicates = 2
	w.Faults = []simulate.Fault{{Name: "pg", At: 10, For: 3}}
	w.Objectives = []results.Objective{{Name: "orders", Target: 0.5, Threshold: 5, Budgeting: "Occurrences"}}
	var files [2][]byte
	for i := range files {
		run, err := w.Record().Write(simulate.Folder(t))
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(run.Dir, "trials", "03-hybrid", "samples-simulated.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
		judgement, err := analyzer.Analyze(run, analyzer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if judgement.Verdict == finding.Invalid {
			t.Errorf("invalid: %s", judgement.Reason)
		}
		for _, id := range []string{"SLO-001", "ISO-001", "RES-001", "DUR-001"} {
			if !slices.ContainsFunc(judgement.Findings, func(f finding.Finding) bool { return f.ID == id }) {
				t.Errorf("the judgement has no %s", id)
			}
		}
	}
	if !slices.Equal(files[0], files[1]) {
		t.Error("the same world was written differently")
	}
}

func BenchmarkTrial(b *testing.B) {
	w := simulate.Standard(1)
	for b.Loop() {
		w.Record()
	}
}

func TestBlocks(t *testing.T) {
	w := simulate.Standard(1)
	w.Neighbour, w.Washout = simulate.Switchback(2, 42, 8), 1
	var spans []simulate.Span
	var loud []bool
	n := 0
	trial := w.Record().Trials[0]
	for _, b := range trial.Blocks(w) {
		spans, loud, n = append(spans, b.Span), append(loud, b.Loud), n+len(b.Latency)
	}
	want := []simulate.Span{{From: 2, To: 7}, {From: 7, To: 12}, {From: 12, To: 17}, {From: 17, To: 27}, {From: 27, To: 32},
		{From: 32, To: 37}, {From: 37, To: 42}}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{false, true, true, false, true, true, false}, loud); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	inside := 0
	for _, s := range trial.Samples {
		at := s.Intended.Seconds()
		washed := slices.ContainsFunc(want[1:], func(b simulate.Span) bool { return at >= b.From && at < b.From+1 })
		if s.Tenant[0] == 't' && at >= 2 && !washed {
			inside++
		}
	}
	if n != inside {
		t.Errorf("%d arrivals in blocks, want %d", n, inside)
	}
}
