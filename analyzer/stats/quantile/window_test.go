package quantile_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/queueing"
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

func TestWindowRefuses(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	independent := make([]float64, 3000)
	for i := range independent {
		independent[i] = random.ExpFloat64()
	}
	busy := simulate.MMc(random, 8, 0.95, 3000)
	for name, c := range map[string]struct {
		x    []float64
		p    float64
		fine bool
	}{
		"independent": {independent[:1000], 0.95, true}, "few": {independent[:999], 0.95, false},
		"median": {independent, 0.5, true}, "few for a median": {independent[:2999], 0.5, false},
		"busy": {busy, 0.95, false}, "none": {nil, 0.95, false}, "P99.9 of 3000": {independent, 0.999, false},
	} {
		sorted := slices.Clone(c.x)
		slices.Sort(sorted)
		e, why := quantile.Window(c.x, sorted, c.p, 0.95)
		if fine := !math.IsInf(e.Lo, 0) && !math.IsInf(e.Hi, 0); fine != c.fine || fine != (why == "") {
			t.Errorf("%s: [%g, %g], %q", name, e.Lo, e.Hi, why)
		}
		if len(c.x) > 0 && e.Value != quantile.Type1(sorted, c.p) {
			t.Errorf("%s: value %g", name, e.Value)
		}
	}
}

// windowCoverage simulates windows of M/M/8: the share with an interval, and how many of
// these cover.
func windowCoverage(p, rho float64, n, rounds int) (printed, covers float64) {
	random := rand.New(rand.NewPCG(uint64(1000*rho), uint64(n)))
	truth := queueing.MMC{C: 8, Lambda: 8 * rho, Mu: 1}.Quantile(p)
	has, hits := 0, 0
	for range rounds {
		x := simulate.MMc(random, 8, rho, n)
		sorted := slices.Clone(x)
		slices.Sort(sorted)
		e, why := quantile.Window(x, sorted, p, 0.95)
		if why != "" {
			continue
		}
		has++
		if e.Lo <= truth && truth <= e.Hi {
			hits++
		}
	}
	return float64(has) / float64(rounds), float64(hits) / float64(max(has, 1))
}

// Simulation, short: the build tag slow has the whole table.
func TestWindowCoverage(t *testing.T) {
	const rounds = 200
	if printed, covers := windowCoverage(0.95, 0.5, 1000, rounds); printed < 0.95 || covers < 0.93-3*math.Sqrt(0.93*0.07/rounds) {
		t.Errorf("rho 0.5: printed %.3f, covers %.3f", printed, covers)
	}
	if printed, covers := windowCoverage(0.95, 0.9, 1000, rounds); printed*(1-covers) > 0.03 {
		t.Errorf("rho 0.9: printed %.3f, covers %.3f", printed, covers)
	}
}
