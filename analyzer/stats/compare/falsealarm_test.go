package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/quantile"
)

// runsOf simulates a side: runs of independent exponential latencies, each run
// multiplied by its own factor with the given standard deviation of its logarithm.
func runsOf(random *rand.Rand, runs, requests int, wobble, factor float64) [][]float64 {
	out := make([][]float64, runs)
	for i := range out {
		f := factor * math.Exp(wobble*random.NormFloat64())
		out[i] = make([]float64, requests)
		for k := range out[i] {
			out[i][k] = f * random.ExpFloat64()
		}
	}
	return out
}

func p95s(runs [][]float64) []float64 {
	out := make([]float64, len(runs))
	for i, r := range runs {
		s := slices.Clone(r)
		slices.Sort(s)
		out[i] = quantile.Type1(s, 0.95)
	}
	return out
}

// alarms counts how often pairs of runs are called different, by the
// paired log-ratios of P95 and by Mann-Whitney on the P95s.
func alarms(trials, pairs, requests int, wobble, factor float64) (paired, whitney float64) {
	random := rand.New(rand.NewPCG(11, uint64(1000*wobble)))
	for range trials {
		a, b := p95s(runsOf(random, pairs, requests, wobble, 1)), p95s(runsOf(random, pairs, requests, wobble, factor))
		if r := Paired(a, b, 0.95); r.Decides && (r.Lo > 1 || r.Hi < 1) {
			paired += 1 / float64(trials)
		}
		if MannWhitney(a, b).Two < 0.05 {
			whitney += 1 / float64(trials)
		}
	}
	return paired, whitney
}

// Identical systems: at most 5 % false alarms, within Monte-Carlo error.
func TestFalseAlarms(t *testing.T) {
	const trials = 400
	limit := 0.05 + 3*math.Sqrt(0.05*0.95/trials)
	for _, pairs := range []int{3, 5, 6, 8} {
		for _, wobble := range []float64{0, 0.05} {
			if paired, _ := alarms(trials, pairs, 300, wobble, 1); paired > limit {
				t.Errorf("%d pairs, %g %% between runs: %.3f false alarms", pairs, 100*wobble, paired)
			}
		}
	}
}

// A system that is 20 % slower, 5 % between runs, is found by six pairs in at least
// nine of ten.
func TestPower(t *testing.T) {
	if found, _ := alarms(200, 6, 1500, 0.05, 1.2); found < 0.9 {
		t.Errorf("found in %.2f", found)
	}
}
