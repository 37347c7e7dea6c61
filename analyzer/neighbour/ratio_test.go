//go:build !race

package neighbour_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// grid simulates trials with a grid of abiding and disruptive loads on eight workers with a
// mean service of 50 ms: all of them shared, or four for each tenant.
func grid(trials int, shared bool, abiding, disruptive []float64, limit float64) *analyzer.Judgement {
	const mean, seconds = 0.05, 60.0
	manifest := results.Manifest{Schema: results.SchemaVersion, Experiment: "grid", Seed: 3,
		Isolation: &results.Isolation{Percentile: 0.95, Limit: limit, Errors: 0.01, Delivered: 0.99},
		Setups: []results.Setup{{Name: "pool", Tenancy: "shared", Workers: 8,
			Tenants: []results.Tenant{{Name: "t1", Role: "abiding"}, {Name: "t2", Role: "disruptive"}}}}}
	recorded := &results.Run{Manifest: manifest}
	var all []run.Source
	for i := range trials {
		random := rand.New(rand.NewPCG(5, uint64(i)))
		r := &results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("%02d-pool", i+1), Setup: "pool",
			Replicate: i + 1, Position: i + 1, Length: synthetic.At(seconds * float64(len(abiding)*len(disruptive))), State: results.TrialComplete}}
		var samples results.SampleColumns
		at := 0.0
		for _, d := range disruptive {
			for _, a := range abiding {
				w := results.Window{Name: fmt.Sprintf("mix-%g-%g", d, a), Kind: results.WindowStep, From: synthetic.At(at), To: synthetic.At(at + seconds),
					Step: &results.Step{Scenario: "mix", Level: a, Disruptive: d}}
				r.Windows = append(r.Windows, w)
				offer(&samples, random, at, at+seconds, a, d, mean, shared)
				at += seconds
			}
		}
		recorded.Trials = append(recorded.Trials, r)
		all = append(all, run.Source{TrialData: r, Samples: synthetic.Stretch(&samples), Writes: synthetic.Rows[results.Write](nil)})
	}
	return analyzer.Judge(recorded, all, analyzer.Options{})
}

// offer adds the arrivals of both tenants in one step, at loads in erlangs.
func offer(samples *results.SampleColumns, random *rand.Rand, from, to, abiding, disruptive, mean float64, shared bool) {
	pools := []synthetic.Pool{make(synthetic.Pool, 8)}
	if !shared {
		pools = []synthetic.Pool{make(synthetic.Pool, 4), make(synthetic.Pool, 4)}
	}
	for _, p := range pools {
		for w := range p {
			p[w] = from
		}
	}
	for at := from; ; {
		at += random.ExpFloat64() * mean / (abiding + disruptive)
		if at >= to {
			return
		}
		who := 0
		if random.Float64() < disruptive/(abiding+disruptive) {
			who = 1
		}
		end := pools[who%len(pools)].Serve(at, mean*random.ExpFloat64())
		samples.Append(results.Sample{Scenario: "mix", Tenant: fmt.Sprintf("t%d", who+1), Journey: "orders",
			Step: results.Journey, Intended: synthetic.At(at), Started: synthetic.At(at), Ended: synthetic.At(end), Outcome: results.OK})
	}
}

// Closed form: on M/M/8 shared by both, P95 stays within 5 service times up to 7.2185
// erlangs of both together (queueing.LargestLoad), so that f(w_d) = 7.2185 - w_d and
// every ratio is 0. On four workers each, f = 3.2607 whatever the other does: I_base,
// I_intBase and I_intFree are 1 and there is no end.
func TestRatiosOfSharedAndOwnWorkers(t *testing.T) {
	t.Parallel()
	disruptive := []float64{1, 3, 5, 7.4}
	shared := grid(3, true, []float64{0.5, 2, 4, 5, 6, 6.5}, disruptive, 0.25)
	if len(shared.Ratios) != 1 {
		t.Fatalf("%d rows", len(shared.Ratios))
	}
	row := shared.Ratios[0]
	total := queueing.LargestLoad(8, 1, 0.95, 5)
	if want := (total - 1) / 0.05; math.Abs(row.Profile[0].Abiding.Value-want) > 0.07*want {
		t.Errorf("left at the lowest disruptive load: %+v, want %.4g a second", row.Profile[0].Abiding, want)
	}
	for name, q := range map[string]finding.Quantity{"I_base": row.Base, "I_end": row.End, "I_intBase": row.IntBase, "I_intFree": row.IntFree} {
		if q.Missing || math.Abs(q.Value) > 0.1 || q.Lo == nil || *q.Lo > q.Value || *q.Hi < q.Value {
			t.Errorf("shared workers: %s %s %v, want 0", name, finding.Figure(q), q.Warnings)
		}
	}
	own := grid(3, false, []float64{2, 2.8, 3.2, 3.6}, []float64{1, 2, 3, 4.4}, 0.25).Ratios[0]
	for name, q := range map[string]finding.Quantity{"I_base": own.Base, "I_intBase": own.IntBase, "I_intFree": own.IntFree} {
		if q.Missing || math.Abs(q.Value-1) > 0.15 || *q.Lo > 1 || *q.Hi < 1 {
			t.Errorf("own workers: %s %s %v, want 1", name, finding.Figure(q), q.Warnings)
		}
	}
	if !own.End.Missing {
		t.Errorf("own workers: I_end %s, want none", finding.Figure(own.End))
	}
}

// A step with too few arrivals is left out: it does not count as one that broke. Without
// steps the finding is inconclusive.
func TestRatiosOfTooFewArrivals(t *testing.T) {
	t.Parallel()
	// 0.05 erlangs are 1 a second: 60 arrivals, where P95 needs 72.
	row := grid(1, true, []float64{0.05, 3, 6, 7.8}, []float64{1, 2}, 0.25).Ratios[0]
	if got := row.Profile[0].Abiding; got.Missing || got.Value < 60 {
		t.Errorf("left: %+v, want what the larger steps carried", got)
	}
	if j := grid(1, true, []float64{0.02, 0.05}, []float64{1, 2}, 0.25); len(j.Ratios) != 0 ||
		synthetic.Finding(t, j, "ISO-005").Verdict != finding.Inconclusive {
		t.Errorf("%+v of too few arrivals", j.Ratios)
	}
}

// A ratio that the scales do not reach is refused, with the reason.
func TestRatiosAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit               float64
		abiding, disruptive []float64
		want                string
	}{
		"the top was carried":    {10, []float64{0.5, 1}, []float64{1, 2}, "raise the scales"},
		"nothing was carried":    {0.001, []float64{0.5, 1}, []float64{1, 2}, "lower the scales"},
		"too little disturbance": {0.25, []float64{4, 6.8}, []float64{0.5, 1}, "was not raised"},
	} {
		j := grid(1, true, c.abiding, c.disruptive, c.limit)
		f := synthetic.Finding(t, j, "ISO-005")
		if text := strings.Join(f.Because, " "); f.Verdict != finding.Inconclusive && name != "too little disturbance" || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s %s, want %q", name, f.Verdict, text, c.want)
		}
		if q := j.Ratios[0].IntBase; !q.Missing {
			t.Errorf("%s: I_intBase %s", name, finding.Figure(q))
		}
	}
}
