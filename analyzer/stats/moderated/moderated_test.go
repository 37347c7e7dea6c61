package moderated

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/effect"
)

func effects(within float64, logs ...float64) []effect.Effect {
	out := make([]effect.Effect, len(logs))
	for i, l := range logs {
		out[i] = effect.Effect{Log: l, Var: within, P: math.NaN()}
		if math.IsInf(l, 0) {
			out[i].Var, out[i].P = math.NaN(), 0.01
		}
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

// Hand computed: one trial, v0 = 0.0175 + 0.15^2 = 0.04, s = 0.2, t(4) = 2.776445.
func TestOneTrialByHand(t *testing.T) {
	e := Of(effects(0.0175, math.Log(4)), Default())
	lo, hi := e.Interval(0.95)
	near(t, "ratio", e.Ratio(), 4, 1e-12)
	near(t, "lo", lo, 4*math.Exp(-2.776445*0.2), 1e-6)
	near(t, "hi", hi, 4*math.Exp(2.776445*0.2), 1e-6)
	near(t, "df", e.DF, 4, 0)
	if !math.IsNaN(e.Spread) {
		t.Errorf("one trial has a spread of %g", e.Spread)
	}
	// ln 2 = 0.693147 = t s at the tipping point: s = 0.249653, tau^2 = s^2 - w.
	near(t, "tipping point", e.Tipping(2, 0.95), math.Sqrt(0.249653*0.249653-0.0175), 1e-5)
	if got := e.Compare(2, 0.95); got != Above {
		t.Errorf("against 2: %v", got)
	}
	if got := e.Compare(3, 0.95); got != Undecided || !math.IsNaN(e.Tipping(3, 0.95)) {
		t.Errorf("against 3: %v", got)
	}
	// p of t = ln 2 / 0.2 = 3.465736 with 4 degrees of freedom (closed form of the t
	// distribution with 4: 1 - 1.5 x + 0.5 x^3 with x = t/sqrt(4+t^2)).
	x := 3.465736 / math.Sqrt(4+3.465736*3.465736)
	near(t, "p", e.P(2), 1-1.5*x+0.5*x*x*x, 1e-6)
}

// Hand computed: three trials, S^2 = 0.01, d0 v0 = 4 (0.0175 + 0.0225) = 0.16,
// s^2 = (0.16 + 0.02) / 6 = 0.03, se = 0.1, t(6) = 2.446912.
func TestThreeTrialsByHand(t *testing.T) {
	e := Of(effects(0.0175, 0.9, 1, 1.1), Default())
	near(t, "spread", e.Spread, 0.1, 1e-12)
	near(t, "se", e.SE, 0.1, 1e-12)
	near(t, "df", e.DF, 6, 0)
	lo, hi := e.Interval(0.95)
	near(t, "lo", math.Log(lo), 1-0.2446912, 1e-6)
	near(t, "hi", math.Log(hi), 1+0.2446912, 1e-6)
}

// Closed form: without a prior it is Student's paired t.
func TestWithoutPriorIsStudent(t *testing.T) {
	a, b := []float64{1, 1.1, 0.9, 1.05}, []float64{1.3, 1.2, 1.1, 1.5}
	var logs []float64
	for i := range a {
		logs = append(logs, math.Log(b[i]/a[i]))
	}
	e := Of(effects(0.01, logs...), Prior{Tau: 0.15, DF: 0})
	want := compare.Paired(a, b, 0.95)
	lo, hi := e.Interval(0.95)
	near(t, "lo", lo, want.Lo, 1e-12)
	near(t, "hi", hi, want.Hi, 1e-12)
	near(t, "p", e.P(1), want.P, 1e-12)
	if one := Of(effects(0.01, 0.5), Prior{DF: 0}); one.Known() || one.Why == "" {
		t.Errorf("one trial without a prior: %+v", one)
	}
}

func TestUnserved(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, c := range map[string]struct {
		logs   []float64
		above2 Side
		lo, hi float64
		n      int
	}{
		"other side unserved in all":    {[]float64{inf, inf}, Above, inf, inf, 2},
		"reference unserved in all":     {[]float64{-inf}, Below, 0, 0, 1},
		"unserved in both senses":       {[]float64{inf, -inf, 1}, Undecided, 0, inf, 3},
		"unknown":                       {[]float64{nan, nan}, Undecided, 0, inf, 0},
		"unknown ones do not count":     {[]float64{inf, nan}, Above, inf, inf, 1},
		"nothing":                       {nil, Undecided, 0, inf, 0},
		"some unserved, upper end open": {[]float64{2, 2, inf}, Above, math.Exp(2 - 0.2*math.Sqrt(4/6.0/3)*2.446912), inf, 3},
	} {
		e := Of(effects(0.0175, c.logs...), Default())
		lo, hi := e.Interval(0.95)
		if e.Compare(2, 0.95) != c.above2 || e.N != c.n || !(math.Abs(lo-c.lo) < 1e-5 || lo == c.lo) || hi != c.hi {
			t.Errorf("%s: got [%g, %g] of %d, %v", name, lo, hi, e.N, e.Compare(2, 0.95))
		}
	}
	e := Of(effects(0.0175, inf), Default())
	if e.P(1) != 0.01 || !math.IsInf(e.Tipping(2, 0.95), 1) {
		t.Errorf("unserved: p %g, tipping point %g", e.P(1), e.Tipping(2, 0.95))
	}
	if e := Of(effects(0.0175, 0.1, inf), Default()); e.P(5) != 1 || e.Compare(5, 0.95) != Undecided {
		t.Errorf("a lower bound below the limit decides: %+v", e)
	}
}

// Property: at the tipping point the interval just reaches the limit.
func TestTippingPoint(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + random.IntN(6)
		logs := make([]float64, n)
		for i := range logs {
			logs[i] = 1 + 0.2*random.NormFloat64()
		}
		e := Of(effects(0.01, logs...), Default())
		tau := e.Tipping(1, 0.95)
		if math.IsNaN(tau) || tau == 0 {
			continue
		}
		at := Of(effects(0.01, logs...), Prior{Tau: tau, DF: 4})
		lo, hi := at.Interval(0.95)
		if near := min(math.Abs(math.Log(lo)), math.Abs(math.Log(hi))); near > 1e-9 {
			t.Fatalf("at the tipping point %g the interval is [%g, %g]", tau, lo, hi)
		}
	}
}

// Property: a further trial within Concord never widens the interval, one beyond does.
func TestConcordantReplicatesNeverWiden(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	width := func(e Estimate) float64 { return e.SE * e.student().Quantile(0.975) }
	for range 500 {
		prior := Prior{Tau: 0.05 + 0.3*random.Float64(), DF: 1 + 10*random.Float64()}
		within := 0.05 * random.Float64()
		var logs []float64
		for range 1 + random.IntN(10) {
			logs = append(logs, 0.3*random.NormFloat64())
		}
		e := Of(effects(within, logs...), prior)
		limit := e.Concord(0.95)
		for _, share := range []float64{0, 0.5, -0.999, 0.999, 1.001, -1.5} {
			next := Of(effects(within, append(logs, e.Log+share*limit)...), prior)
			if widens := width(next) > width(e)*(1+1e-12); widens != (math.Abs(share) > 1) {
				t.Fatalf("n %d, prior %+v, %g of %g: width %g after %g", e.N, prior, share, limit, width(next), width(e))
			}
		}
	}
}

// What the comment of Concord states: how often a further trial stays within, when the prior
// is right, and that intervals narrow on average.
func TestHowOftenReplicatesConcord(t *testing.T) {
	const rounds = 800
	for _, prior := range []Prior{Default(), Switchback()} {
		random := rand.New(rand.NewPCG(5, 6))
		var inside, width [9]float64
		for range rounds {
			sigma := drawSigma(random, prior, 0.01)
			var logs []float64
			for n := 1; n <= 8; n++ {
				logs = append(logs, sigma*random.NormFloat64())
				e := Of(effects(0.01, logs...), prior)
				width[n] += e.SE * e.student().Quantile(0.975) / rounds
				if next := sigma * random.NormFloat64(); math.Abs(next-e.Log) <= e.Concord(0.95) {
					inside[n] += 1.0 / rounds
				}
			}
		}
		t.Logf("d0 %g: concordant %.3f, mean half-widths %.3f", prior.DF, inside[1:], width[1:])
		for n := 1; n <= 8; n++ {
			if inside[n] < 0.85 || (n == 1 && inside[n] < 0.92) {
				t.Errorf("n %d: only %.3f of further trials do not widen", n, inside[n])
			}
			if n > 1 && width[n] >= width[n-1] {
				t.Errorf("n %d: wider on average, %.3f after %.3f", n, width[n], width[n-1])
			}
		}
	}
}

// drawSigma draws the standard deviation of effects from the prior: d0 v0 / chi2(d0).
func drawSigma(random *rand.Rand, prior Prior, within float64) float64 {
	chi2 := distuv.ChiSquared{K: prior.DF, Src: random}.Rand()
	return math.Sqrt(prior.DF * (within + prior.Tau*prior.Tau) / chi2)
}

// Closed form: where the variance really comes from the prior, intervals cover at
// their level for every number of trials, and tests keep theirs.
func TestCoverageUnderThePrior(t *testing.T) {
	const rounds = 2000
	for _, prior := range []Prior{Default(), Switchback()} {
		random := rand.New(rand.NewPCG(7, 8))
		for _, n := range []int{1, 2, 3, 6, 10} {
			hit, alarms := 0, 0
			for range rounds {
				sigma := drawSigma(random, prior, 0.01)
				logs := make([]float64, n)
				for i := range logs {
					logs[i] = sigma * random.NormFloat64()
				}
				e := Of(effects(0.01, logs...), prior)
				if e.Compare(1, 0.95) == Undecided {
					hit++
				}
				if e.P(1) < 0.05 {
					alarms++
				}
			}
			if got := float64(hit) / rounds; math.Abs(got-0.95) > 4*math.Sqrt(0.95*0.05/rounds) {
				t.Errorf("d0 %g, n %d: coverage %.3f", prior.DF, n, got)
			}
			if hit+alarms != rounds {
				t.Errorf("interval and p disagree in %d of %d", rounds-hit-alarms, rounds)
			}
		}
	}
}

func TestTrigammaInverse(t *testing.T) {
	// Closed forms: trigamma(1) = pi^2/6, trigamma(1/2) = pi^2/2, trigamma(2) = pi^2/6 - 1.
	for y, x := range map[float64]float64{1: math.Pi * math.Pi / 6, 0.5: math.Pi * math.Pi / 2, 2: math.Pi*math.Pi/6 - 1} {
		near(t, "trigamma", trigamma(y), x, 1e-12)
		near(t, "inverse", trigammaInverse(x), y, 1e-9)
	}
	for _, x := range []float64{1e-7, 1e-5, 1e-3, 10, 1e5, 1e8} {
		near(t, "round trip", trigamma(trigammaInverse(x))/x, 1, 1e-3)
	}
}

// runWith has three trials whose observed variance is v.
func runWith(v, within float64) []effect.Effect {
	return effects(within, -math.Sqrt(v), 0, math.Sqrt(v))
}

// Closed form: with 2 degrees of freedom a run, Var(e) = trigamma(1) + trigamma(2)
// gives d0 = 4, and ln s0^2 = mean(ln S^2) + (digamma(2) - digamma(1)) - ln 2.
func TestFromHistoryClosedForm(t *testing.T) {
	a := math.Sqrt(math.Pi*math.Pi/3 - 1)
	centre := math.Log(0.04)
	runs := [][]effect.Effect{runWith(math.Exp(centre-a), 0.01), runWith(math.Exp(centre), 0.01), runWith(math.Exp(centre+a), 0.01),
		effects(0.01, 1)} // one trial: does not count
	got := FromHistory(runs, Default())
	near(t, "d0", got.DF, 4, 1e-6)
	near(t, "tau", got.Tau, math.Sqrt(0.04*math.E/2-0.01), 1e-6)
	if got.Runs != 3 {
		t.Errorf("%d runs count, want 3", got.Runs)
	}
}

func TestFromHistoryLimits(t *testing.T) {
	two := [][]effect.Effect{runWith(0.01, 0), runWith(0.02, 0), effects(0, 1, 1)}
	if got := FromHistory(two, Switchback()); got != Switchback() {
		t.Errorf("two runs and one of copies: %+v", got)
	}
	alike := [][]effect.Effect{runWith(0.01, 0.02), runWith(0.01, 0.02), runWith(0.01, 0.02)}
	if got := FromHistory(alike, Default()); got.DF != mostDF || got.Tau != leastTau {
		t.Errorf("runs alike, no more varied than chance: %+v", got)
	}
}

// Simulation: priors are found again from 200 runs of a lab, and with 10 runs
// intervals of one trial cover.
func TestFromHistoryFindsThePrior(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	truth := Prior{Tau: 0.2, DF: 6}
	lab := func(runs int) [][]effect.Effect {
		out := make([][]effect.Effect, runs)
		for i := range out {
			sigma := drawSigma(random, truth, 0.01)
			logs := make([]float64, 4)
			for k := range logs {
				logs[k] = sigma * random.NormFloat64()
			}
			out[i] = effects(0.01, logs...)
		}
		return out
	}
	var taus, dfs []float64
	for range 50 {
		p := FromHistory(lab(200), Default())
		taus, dfs = append(taus, p.Tau), append(dfs, 1/p.DF)
	}
	near(t, "tau", stat.Mean(taus, nil), 0.2, 0.02)
	near(t, "1/d0", stat.Mean(dfs, nil), 1.0/6, 0.02)
	hit := 0
	const rounds = 2000
	for range rounds {
		p := FromHistory(lab(10), Default())
		e := Of(effects(0.01, drawSigma(random, truth, 0.01)*random.NormFloat64()), p)
		if e.Compare(1, 0.95) == Undecided {
			hit++
		}
	}
	if got := float64(hit) / rounds; got < 0.92 || got > 0.98 {
		t.Errorf("one trial with a history of ten runs: coverage %.3f", got)
	} else {
		t.Logf("one trial with a history of ten runs: coverage %.3f", got)
	}
}
