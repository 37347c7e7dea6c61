//go:build slow

package simulate_test

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/results"
)

// judged writes a world's run and judges it over the public path.
func judged(t *testing.T, w simulate.World) *analyzer.Judgement {
	t.Helper()
	return judgedRun(t, w.Record())
}

func judgedRun(t *testing.T, recorded simulate.Recorded) *analyzer.Judgement {
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

// ladder is a world whose abiding tenants climb from a utilisation of 0.5 to 0.9, 40 s a
// step. Runs vary by 10 %.
func ladder(seed uint64, replicates int) simulate.World {
	w := simulate.Standard(seed)
	w.Setups, w.Neighbour, w.Disruptive, w.Replicates = w.Setups[:1], nil, 0, replicates
	at := w.Warmup
	for _, rho := range []float64{0.5, 0.6, 0.7, 0.8, 0.85, 0.9} {
		w.Ladder = append(w.Ladder, simulate.Step{Span: simulate.Span{From: at, To: at + 40}, Level: rho / 0.8})
		at += 42
	}
	w.Length = at
	w.Vary = simulate.Variation{Run: 0.1}
	return w
}

// Capacity over the public path. The limit is the P95 of M/M/8 at utilisation 0.78: a step
// below it that counts as broken, or one above it that counts as kept, is wrong. At most 5 %
// of runs may have one.
func TestLadderTable(t *testing.T) {
	const rounds, crossing = 40, 0.78
	service := simulate.Standard(1).Journeys[0].Service
	p95 := func(rho float64) float64 {
		return queueing.MMC{C: 8, Lambda: 8 * rho / service, Mu: 1 / service}.Quantile(0.95)
	}
	for _, replicates := range []int{1, 3} {
		wrong := 0
		states := map[capacity.State]float64{}
		for seed := range uint64(rounds) {
			w := ladder(1+seed, replicates)
			w.Capacity = &results.Capacity{P95: p95(crossing), Errors: 0.01, Delivered: 0.99}
			rows := judged(t, w).Capacity
			if len(rows) != 1 || len(rows[0].Steps) != len(w.Ladder) {
				t.Fatalf("%d rows of capacity", len(rows))
			}
			mistaken := false
			for i, s := range rows[0].Steps {
				if math.Abs(s.Level-w.Ladder[i].Level) > 1e-9 {
					t.Fatalf("step %d has the level %g, planned %g", i+1, s.Level, w.Ladder[i].Level)
				}
				states[s.State] += 1.0 / rounds
				carried := 0.8*s.Level < crossing
				mistaken = mistaken || (s.State == capacity.Kept && !carried) || (s.State == capacity.Broken && carried)
			}
			if mistaken {
				wrong++
			}
		}
		t.Logf("%d replicates: %d of %d runs have a wrong step; of six steps %.2f kept, %.2f broken", replicates, wrong, rounds,
			states[capacity.Kept], states[capacity.Broken])
		if most := 0.05*rounds + 3*math.Sqrt(0.05*0.95*rounds); float64(wrong) > most {
			t.Errorf("%d replicates: %d of %d runs have a wrong step", replicates, wrong, rounds)
		}
	}
}
