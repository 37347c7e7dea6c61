//go:build slow

package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/quantile"
)

// The table of docs/methods.md section 1: A/A, 6 runs a side of 2000 requests, by
// run-to-run standard deviation, the share of false "B differs". Source: simulation
// with numpy of the same design, so the tolerance is four standard errors of the
// difference. The error rate of the wrong units depends on the spread of the requests. The
// source does not name its distribution; lognormal with sigma 0.55, a usual spread of
// latencies, reproduces it. The error rate of the right unit does not depend on it.
func TestFalseAlarmTable(t *testing.T) {
	const trials, boots = 300, 1000
	for _, row := range []struct{ wobble, pooled, bootstrap, perRun float64 }{
		{0, 0.057, 0.047, 0.023}, {0.02, 0.31, 0.17, 0.057}, {0.05, 0.60, 0.37, 0.047},
	} {
		random := rand.New(rand.NewPCG(77, uint64(1000*row.wobble)))
		var pooled, bootstrap, perRun float64
		for range trials {
			a, b := lognormalRuns(random, row.wobble), lognormalRuns(random, row.wobble)
			pa, pb := slices.Concat(a...), slices.Concat(b...)
			if MannWhitney(pa, pb).Two < 0.05 {
				pooled += 1.0 / trials
			}
			if requestBootstrap(random, pa, pb, boots) {
				bootstrap += 1.0 / trials
			}
			if MannWhitney(p95s(a), p95s(b)).Two < 0.05 {
				perRun += 1.0 / trials
			}
		}
		t.Logf("%g %%: pooled %.3f (table %.3f), bootstrap %.3f (%.3f), per run %.3f (%.3f)", 100*row.wobble, pooled, row.pooled,
			bootstrap, row.bootstrap, perRun, row.perRun)
		for name, c := range map[string][2]float64{"pooled": {pooled, row.pooled}, "bootstrap": {bootstrap, row.bootstrap},
			"per run": {perRun, row.perRun}} {
			if se := math.Sqrt(2 * c[1] * (1 - c[1]) / trials); math.Abs(c[0]-c[1]) > 4*se {
				t.Errorf("%g %% %s: got %.3f, table %.3f", 100*row.wobble, name, c[0], c[1])
			}
		}
	}
}

// requestBootstrap resamples requests, the wrong unit, and reports whether the
// interval of the ratio of P95 leaves out 1. The k-th of n values drawn with
// replacement from a sorted sample is its ceil(n B)-th with B ~ Beta(k, n-k+1), so
// nothing has to be sorted again.
func requestBootstrap(random *rand.Rand, a, b []float64, boots int) bool {
	slices.Sort(a)
	slices.Sort(b)
	draw := func(x []float64) float64 {
		n := float64(len(x))
		k := math.Ceil(0.95 * n)
		at := distuv.Beta{Alpha: k, Beta: n - k + 1, Src: random}.Rand()
		return x[min(int(math.Ceil(n*at)), len(x))-1]
	}
	ratios := make([]float64, boots)
	for i := range ratios {
		ratios[i] = draw(b) / draw(a)
	}
	slices.Sort(ratios)
	return quantile.Type1(ratios, 0.025) > 1 || quantile.Type1(ratios, 0.975) < 1
}

// lognormalRuns simulates a side of six runs of 2000 requests.
func lognormalRuns(random *rand.Rand, wobble float64) [][]float64 {
	out := make([][]float64, 6)
	for i := range out {
		run := wobble * random.NormFloat64()
		for range 2000 {
			out[i] = append(out[i], math.Exp(run+0.55*random.NormFloat64()))
		}
	}
	return out
}
