package quantile_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/internal/testing/simulate"
)

// Closed form: the logarithm of an AR(1) series with coefficient phi has the integrated
// autocorrelation time (1+phi)/(1-phi). Series that are averaged in blocks agree.
func TestCorrelationTimeOfAutoregression(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		phi       float64
		n         int
		tolerance float64
	}{{0, 4000, 0.15}, {0.5, 4000, 0.2}, {0.9, 4000, 0.35}, {0.9, 50_000, 0.15}, {0.98, 200_000, 0.15}} {
		mean := 0.0
		const rounds = 10
		for range rounds {
			x, level := make([]float64, c.n), random.NormFloat64()
			for i := range x {
				level = c.phi*level + math.Sqrt(1-c.phi*c.phi)*random.NormFloat64()
				x[i] = math.Exp(level)
			}
			mean += quantile.CorrelationTime(x) / rounds
		}
		want := (1 + c.phi) / (1 - c.phi)
		if math.Abs(mean/want-1) > c.tolerance {
			t.Errorf("phi %g, n %d: %.2f, closed form %.2f", c.phi, c.n, mean, want)
		}
	}
}

// Property: the unit does not matter, nor do a few unserved arrivals; a constant or a
// very short series has time 1.
func TestCorrelationTimeProperties(t *testing.T) {
	x := simulate.MMc(rand.New(rand.NewPCG(2, 2)), 8, 0.8, 2000)
	scaled := slices.Clone(x)
	for i := range scaled {
		scaled[i] *= 1000
	}
	time := quantile.CorrelationTime(x)
	if got := quantile.CorrelationTime(scaled); math.Abs(got/time-1) > 1e-9 {
		t.Errorf("in ms %g, in s %g", got, time)
	}
	scaled[7], scaled[900] = math.Inf(1), math.Inf(1)
	if got := quantile.CorrelationTime(scaled); math.Abs(got/time-1) > 0.1 {
		t.Errorf("with two unserved %g, without %g", got, time)
	}
	for name, x := range map[string][]float64{"none": nil, "three": {1, 2, 3}, "constant": make([]float64, 100),
		"unserved": {math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}, "one": slices.Repeat([]float64{1}, 50)} {
		if got := quantile.CorrelationTime(x); got != 1 {
			t.Errorf("%s: %g", name, got)
		}
	}
}
