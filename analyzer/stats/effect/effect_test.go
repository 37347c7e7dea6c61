package effect

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/internal/testing/simulate"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

func TestNeed(t *testing.T) {
	for p, want := range map[float64]int{0.5: 4, 0.9: 20, 0.95: 40, 0.99: 200} {
		if got := Need(p); got != want {
			t.Errorf("P%g needs %d, want %d", 100*p, got, want)
		}
	}
	for _, c := range []struct {
		counts []int
		want   float64
	}{{[]int{40, 90}, 0.95}, {[]int{39, 90}, 0.9}, {[]int{19, 90}, 0.5}, {[]int{3, 90}, math.NaN()}, {nil, math.NaN()}} {
		p, ok := Highest(c.counts...)
		if ok == math.IsNaN(c.want) || (ok && p != c.want) {
			t.Errorf("%v: got P%g", c.counts, 100*p)
		}
	}
}

func exponential(random *rand.Rand, n int, mean float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = mean * random.ExpFloat64()
	}
	return x
}

// Property: a factor on all latencies is the effect exactly, whatever the sample; the
// unit does not matter; exchanging the sides turns the sign.
func TestEffectOfAFactor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{40, 60, 500} {
		x := exponential(random, n, 1)
		y := slices.Clone(x)
		for i := range y {
			y[i] *= 3.9
		}
		e, back := Between(x, y, 0.95), Between(y, x, 0.95)
		near(t, "ln ratio", e.Log, math.Log(3.9), 1e-12)
		near(t, "reversed", back.Log, -math.Log(3.9), 1e-12)
		near(t, "variance reversed", back.Var, e.Var, 1e-9)
		if !(e.Var > 0) || !e.Known() {
			t.Errorf("n %d: %+v", n, e)
		}
	}
}

// Closed form: ln of the p-quantile of n exponential values has the variance
// p / ((1-p) n q^2) with q = -ln(1-p), to first order.
func TestVarianceOfExponential(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for _, c := range []struct {
		n int
		p float64
	}{{2000, 0.95}, {2000, 0.5}, {500, 0.9}} {
		q := -math.Log(1 - c.p)
		want := 2 * c.p / ((1 - c.p) * float64(c.n) * q * q)
		var mean, observed, sum float64
		const rounds = 300
		for range rounds {
			e := Between(exponential(random, c.n, 1), exponential(random, c.n, 1), c.p)
			mean += e.Var / rounds
			observed += e.Log * e.Log / rounds
			sum += e.Log / rounds
		}
		// The inflation is held to 1 or more, which adds to it on average.
		if mean < 0.95*want || mean > 1.6*want {
			t.Errorf("n %d, P%g: mean variance %.5f, closed form %.5f", c.n, 100*c.p, mean, want)
		}
		near(t, "observed variance over closed form", observed/want, 1, 0.25)
		near(t, "mean", sum, 0, 4*math.Sqrt(want/rounds))
	}
}

// Property: repeating each arrival k times in a row adds no information.
func TestVarianceOfRepeats(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	var once, repeated float64
	for range 50 {
		a, b := exponential(random, 300, 1), exponential(random, 300, 1)
		var ra, rb []float64
		for i := range a {
			for range 8 {
				ra, rb = append(ra, a[i]), append(rb, b[i])
			}
		}
		once += Between(a, b, 0.9).Var / 50
		repeated += Between(ra, rb, 0.9).Var / 50
	}
	if repeated < 0.5*once || repeated > 1.5*once { // an inflation below 1 counts as 1, which only happens to the former
		t.Errorf("variance %.5f, of repeats %.5f", once, repeated)
	}
}

func with(x []float64, unserved int) []float64 {
	y := slices.Clone(x)
	for i := range unserved {
		y[i] = math.Inf(1)
	}
	return y
}

func TestUnservedArrivals(t *testing.T) {
	x := exponential(rand.New(rand.NewPCG(4, 4)), 100, 1)
	for name, c := range map[string]struct {
		a, b []float64
		want float64 // NaN: unknown
	}{
		"other refused":           {x, with(x, 100), math.Inf(1)},
		"reference refused":       {with(x, 100), x, math.Inf(-1)},
		"both refused":            {with(x, 100), with(x, 100), math.NaN()},
		"six of 100 may be luck":  {with(x, 3), with(x, 6), math.NaN()},
		"half of them is no luck": {x, with(x, 50), math.Inf(1)},
		"too few":                 {x[:39], x, math.NaN()},
		"none":                    {nil, nil, math.NaN()},
		"an instant answer":       {make([]float64, 100), x, math.NaN()},
		"NaN do not count":        {append(slices.Clone(x[:39]), math.NaN()), x, math.NaN()},
	} {
		e := Between(c.a, c.b, 0.95)
		same := e.Log == c.want || (math.IsNaN(e.Log) && math.IsNaN(c.want))
		if !same || (math.IsNaN(c.want) == (e.Why == "")) || (math.IsInf(c.want, 0) == math.IsNaN(e.P)) {
			t.Errorf("%s: %+v, want %g", name, e, c.want)
		}
	}
	if e := Between(with(x, 2), with(x, 4), 0.95); !e.Known() || math.IsInf(e.Log, 0) {
		t.Errorf("fewer unserved than the percentile leaves: %+v", e)
	}
}

// Source: Fisher's tea tasting, 3 of 4 against 1 of 4: one-sided p 17/70.
func TestFisher(t *testing.T) {
	near(t, "tea", fisher(1, 4, 3, 4), 2*17.0/70, 1e-12)
	near(t, "nothing", fisher(0, 10, 0, 10), 1, 1e-12)
	near(t, "all", fisher(0, 4, 4, 4), 2.0/70, 1e-12)
}

// mixed is n arrivals of two journeys: orders of 1 s on average and tracking calls of
// 0.02 s, the share of orders given.
func mixed(random *rand.Rand, n int, orders, factor float64) Condition {
	var c Condition
	for range n {
		journey, mean := int32(1), 0.02
		if random.Float64() < orders {
			journey, mean = 0, 1
		}
		c.Journey = append(c.Journey, journey)
		c.Latency = append(c.Latency, mean*factor*random.ExpFloat64())
	}
	return c
}

// Simulation: orders rise from 10 % to 50 % of the arrivals. Pooled, that looks like a
// slowdown of more than two; stratified, there is none, and a true factor is found.
func TestShiftOfTheMixIsNoEffect(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	var pooled, none, twice float64
	const rounds = 200
	for range rounds {
		calm, rich, slow := mixed(random, 600, 0.1, 1), mixed(random, 600, 0.5, 1), mixed(random, 600, 0.5, 2)
		weights, left := Weights(calm.Counts(2), rich.Counts(2), Need(0.9))
		if len(left) > 0 {
			t.Fatalf("journeys %v have too few arrivals", left)
		}
		pooled += Between(calm.Latency, rich.Latency, 0.9).Ratio() / rounds
		none += Stratified(calm, rich, weights, 0.9).Log / rounds
		twice += Stratified(calm, slow, weights, 0.9).Log / rounds
	}
	if pooled < 2 {
		t.Errorf("pooled: %.2f, the mix is meant to look like a slowdown", pooled)
	}
	near(t, "stratified, none", none, 0, 0.03)
	near(t, "stratified, twice", twice, math.Log(2), 0.03)
}

func TestWeights(t *testing.T) {
	weights, left := Weights([]int{300, 100, 100}, []int{60, 40, 39}, 40)
	if !slices.Equal(weights, []float64{0.75, 0.25, 0}) || !slices.Equal(left, []int{2}) {
		t.Errorf("weights %v, left %v", weights, left)
	}
	p, weights, left, ok := Choose([]int{300, 100, 100}, []int{60, 40, 20}, 0.9, Percentiles(0))
	if !ok || p != 0.9 || len(left) != 0 || weights[2] != 0.2 {
		t.Errorf("P%g, weights %v, left %v", 100*p, weights, left)
	}
	if p, _, left, ok := Choose([]int{300, 100, 100}, []int{60, 40, 20}, 0.8, Percentiles(0)); !ok || p != 0.95 || !slices.Equal(left, []int{2}) {
		t.Errorf("P%g, left %v", 100*p, left)
	}
	if _, _, _, ok := Choose([]int{10, 10}, []int{1, 1}, 0.5, Percentiles(0)); ok {
		t.Error("three arrivals have a median")
	}
	if _, _, _, ok := Choose([]int{0}, []int{100}, 0.5, Percentiles(0)); ok {
		t.Error("no calm arrivals give weights")
	}
}

// Property: a drift over the trial cancels in OFF ON ON OFF and does not in OFF ON.
func TestBlocksCancelDrift(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	block := func(from, to int) Condition {
		x := exponential(random, to-from, 1)
		for i := range x {
			x[i] *= math.Exp(0.002 * float64(from+i))
		}
		return Of(x)
	}
	var switched, parted float64
	const rounds = 100
	for range rounds {
		var off, on []Condition
		for b := range 8 {
			if b%4 == 0 || b%4 == 3 {
				off = append(off, block(b*50, b*50+50))
			} else {
				on = append(on, block(b*50, b*50+50))
			}
		}
		switched += OfBlocks(off, on, []float64{1}, 0.9).Log / rounds
		parted += Stratified(block(0, 200), block(200, 400), []float64{1}, 0.9).Log / rounds
	}
	near(t, "switched", switched, 0, 0.08)
	near(t, "parted", parted, 0.4, 0.08)
}

// Simulation: windows of a trial differ by 15 %. The blocks show it, so that the
// variance is about that of the effect; from within a single window it cannot be seen.
func TestBlocksShowWhatChangesFromWindowToWindow(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	var variance, observed float64
	const rounds = 600
	for range rounds {
		var arms [2][]Condition
		for b := range 8 {
			x := exponential(random, 100, math.Exp(0.15*random.NormFloat64()))
			arms[b%2] = append(arms[b%2], Of(x))
		}
		e := OfBlocks(arms[0], arms[1], []float64{1}, 0.9)
		variance += e.Var / rounds
		observed += e.Log * e.Log / rounds
	}
	if ratio := variance / observed; ratio < 0.8 || ratio > 1.6 {
		t.Errorf("variance %.4f, observed %.4f", variance, observed)
	}
}

// Property: between trials of a pool at half load Across is nearly OfBlocks; in a busy one,
// whose arrivals follow the level of the queue, its variance is larger. The value is the
// same.
func TestAcrossTrials(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	trial := func(rho float64) (blocks []Condition) {
		x := simulate.MMc(random, 8, rho, 240)
		for i := range 4 {
			blocks = append(blocks, Of(x[60*i:60*i+60]))
		}
		return blocks
	}
	for rho, bounds := range map[float64][2]float64{0.3: {1, 1.02}, 0.9: {1.2, 4}} {
		var across, blocks float64
		for range 100 {
			a, b := trial(rho), trial(rho)
			x, y := Across(a, b, []float64{1}, 0.9), OfBlocks(a, b, []float64{1}, 0.9)
			if x.Log != y.Log {
				t.Fatalf("ln ratio %g across, %g of blocks", x.Log, y.Log)
			}
			across, blocks = across+x.Var, blocks+y.Var
		}
		if ratio := across / blocks; ratio < bounds[0] || ratio > bounds[1] {
			t.Errorf("rho %g: variance %.2f times that of blocks", rho, ratio)
		}
	}
}

func TestPairs(t *testing.T) {
	inf := math.Inf(1)
	known := func(log float64) Effect { return Effect{Log: log, Var: 0.01, P: math.NaN()} }
	e := Difference(known(1), known(1.5))
	near(t, "difference", e.Log, 0.5, 1e-12)
	near(t, "variance", e.Var, 0.02, 1e-12)
	if e := Difference(known(1), Effect{Log: inf, P: 0.01}); !math.IsInf(e.Log, 1) || e.P != 0.01 {
		t.Errorf("B unserved: %+v", e)
	}
	if e := Difference(Effect{Log: inf, P: 0.01}, Effect{Log: inf, P: 0.02}); e.Known() {
		t.Errorf("both unserved: %+v", e)
	}
	if e := Difference(Unknown("few"), known(1)); e.Known() || e.Why != "few" {
		t.Errorf("unknown: %+v", e)
	}
	x := []Effect{known(0.2), known(-0.2), Unknown("few")}
	near(t, "theta", Theta(x, 0.02), 0.02/0.03, 1e-12)
	if got := Theta(nil, 0.02); got != 0 {
		t.Errorf("theta of nothing: %g", got)
	}
	got := Covariate([]Effect{known(1), known(2), known(3)}, x, 0.5)
	for i, want := range []float64{0.9, 2.1, 3} {
		near(t, "adjusted", got[i].Log, want, 1e-12)
	}
	near(t, "adjusted variance", got[0].Var, 0.0125, 1e-12)
}

// Closed form: theta from the variances leaves var(y) (1 - corr^2); a difference in
// differences leaves more than was there when the covariate is noisy.
func TestCovariateNarrows(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	const n, shared, within = 20_000, 0.02, 0.04
	x, y := make([]Effect, n), make([]Effect, n)
	for i := range x {
		run := math.Sqrt(shared) * random.NormFloat64()
		x[i] = Effect{Log: run + math.Sqrt(within)*random.NormFloat64(), Var: within}
		y[i] = Effect{Log: run + math.Sqrt(within)*random.NormFloat64(), Var: within}
	}
	square := func(e []Effect) (sum float64) {
		for _, v := range e {
			sum += v.Log * v.Log / n
		}
		return sum
	}
	theta := Theta(x, shared)
	corr2 := shared * shared / ((shared + within) * (shared + within))
	near(t, "adjusted over plain", square(Covariate(y, x, theta))/square(y), 1-corr2, 0.03)
	if square(Covariate(y, x, 1)) < square(y) {
		t.Error("a difference in differences narrows though the covariate is noisy")
	}
}

// Property: what arrange puts in place is what sorting does, and the effect of many
// arrivals is that of the sorted ones.
func TestArrange(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 10))
	for _, c := range []struct {
		n     int
		p     float64
		value func(i int) float64
	}{
		{5000, 0.95, func(int) float64 { return random.ExpFloat64() }},
		{5000, 0.5, func(i int) float64 { return float64(i) }},
		{5000, 0.9, func(i int) float64 { return float64(-i) }},
		{5000, 0.95, func(int) float64 { return float64(random.IntN(3)) }},
		{5000, 0.999, func(int) float64 { return random.ExpFloat64() }},
		{5000, 0.95, func(i int) float64 {
			if i%30 == 0 {
				return math.Inf(1)
			}
			return random.ExpFloat64()
		}},
	} {
		x := make([]float64, c.n)
		for i := range x {
			x[i] = c.value(i)
		}
		sorted := slices.Sorted(slices.Values(x))
		arrange(x, c.p)
		n := float64(c.n)
		ranks := math.Sqrt(n * c.p * (1 - c.p))
		for i := int(n*c.p - ranks); i < min(int(n*c.p+ranks)+1, c.n); i++ {
			if x[i] != sorted[i] {
				t.Fatalf("n %d, p %g: rank %d is %g, sorted %g", c.n, c.p, i+1, x[i], sorted[i])
			}
		}
		slices.Sort(x)
		if !slices.Equal(x, sorted) {
			t.Fatalf("n %d, p %g: values are lost", c.n, c.p)
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	random := rand.New(rand.NewPCG(11, 11))
	x, y := exponential(random, 1_000_000, 1), exponential(random, 1_000_000, 1)
	for b.Loop() {
		Between(x, y, 0.95)
	}
}
