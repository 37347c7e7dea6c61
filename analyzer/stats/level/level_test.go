package level

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/internal/testing/simulate"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

// Computed by hand from the formulas of ShareOf, t(4) = 2.776445, t(6) = 2.446912.
func TestShareByHand(t *testing.T) {
	for name, c := range map[string]struct {
		trials            []Counted
		effective, lo, hi float64
	}{
		"one trial":    {[]Counted{{90, 100, 1}}, 40.153513, 0.699027, 0.972126},
		"three trials": {[]Counted{{90, 100, 1}, {0, 0, 1}, {95, 100, 1}, {85, 100, 0}}, 117.503212, 0.811761, 0.949452},
	} {
		s := ShareOf(c.trials, DefaultShare())
		lo, hi := s.Interval(0.95)
		near(t, name+": share", s.Value, 0.9, 1e-12)
		near(t, name+": effective", s.Effective, c.effective, 1e-7)
		near(t, name+": lo", lo, c.lo, 1e-5)
		near(t, name+": hi", hi, c.hi, 1e-5)
	}
}

// Closed form: without variation between trials it is Wilson's interval of all arrivals.
func TestShareIsWilson(t *testing.T) {
	s := ShareOf([]Counted{{180, 200, 1}}, moderated.Prior{Tau: 0, DF: 1e7})
	lo, hi := s.Interval(0.95)
	wantLo, wantHi := resilience.Wilson(0.9, 200, 0.95)
	near(t, "lo", lo, wantLo, 1e-6)
	near(t, "hi", hi, wantHi, 1e-6)
}

func TestShareOfNothingAndOfAll(t *testing.T) {
	none := ShareOf(nil, DefaultShare())
	if lo, hi := none.Interval(0.95); lo != 0 || hi != 1 || none.Compare(0.5, 0.95) != moderated.Undecided {
		t.Errorf("no trials: %+v", none)
	}
	all := ShareOf([]Counted{{300, 300, 1}, {300, 300, 1}}, DefaultShare())
	if lo, hi := all.Interval(0.95); hi != 1 || lo < 0.97 || lo > 0.995 || all.Compare(0.9, 0.95) != moderated.Above {
		t.Errorf("all good: [%g, %g]", lo, hi)
	}
	bad := ShareOf([]Counted{{0, 300, 1}}, DefaultShare())
	if lo, _ := bad.Interval(0.95); lo != 0 || bad.Compare(0.9, 0.95) != moderated.Below {
		t.Errorf("none good: %+v", bad)
	}
	half := ShareOf([]Counted{{95, 100, 1}}, DefaultShare())
	if half.Compare(0.95, 0.95) != moderated.Undecided {
		t.Errorf("95 of 100 against 0.95 is decided")
	}
}

// Property: dependence and fewer trials widen; agreeing trials narrow.
func TestShareWidens(t *testing.T) {
	width := func(trials ...Counted) float64 {
		lo, hi := ShareOf(trials, DefaultShare()).Interval(0.95)
		return hi - lo
	}
	one, dependent := width(Counted{90, 100, 1}), width(Counted{90, 100, 10})
	two, apart := width(Counted{90, 100, 1}, Counted{90, 100, 1}), width(Counted{99, 100, 1}, Counted{81, 100, 1})
	if !(two < one && one < dependent && two < apart) {
		t.Errorf("widths: one %g, dependent %g, two %g, two apart %g", one, dependent, two, apart)
	}
}

func TestPercentileRefuses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	x := simulate.MMc(random, 8, 0.5, 400)
	unserved := append([]float64(nil), x...)
	for i := range 50 {
		unserved[i] = math.Inf(1)
	}
	for name, c := range map[string]struct {
		trials [][]float64
		p      float64
		fine   bool
	}{
		"fine":                  {[][]float64{x}, 0.95, true},
		"few":                   {[][]float64{x, x[:39]}, 0.95, false},
		"few for a tail":        {[][]float64{x[:179]}, 0.95, false},
		"enough for a tail":     {[][]float64{x[:100], x[100:180]}, 0.95, true},
		"few for a median":      {[][]float64{x, x[:199]}, 0.5, false},
		"enough for a median":   {[][]float64{x, x[:200]}, 0.5, true},
		"a trial unserved":      {[][]float64{x, unserved}, 0.95, false},
		"below the unserved":    {[][]float64{unserved, x}, 0.5, true},
		"nothing":               {nil, 0.95, false},
		"empty trials are left": {[][]float64{nil, x}, 0.95, true},
	} {
		e := PercentileOf(c.trials, c.p, moderated.Default())
		lo, hi := e.Interval(0.95)
		if fine := lo > 0 && !math.IsInf(hi, 1); fine != c.fine || fine != (e.Why == "") {
			t.Errorf("%s: [%g, %g], %q", name, lo, hi, e.Why)
		}
	}
}

// Closed form: with independent arrivals and no variation between trials the standard
// error of ln P90 of n exponential latencies is sqrt(p/(1-p)/n) / -ln(1-p).
func TestPercentileStandardError(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = random.ExpFloat64()
	}
	e := PercentileOf([][]float64{x}, 0.9, moderated.Prior{Tau: 0, DF: 4})
	near(t, "standard error", e.SE/(math.Sqrt(9/20_000.0)/-math.Log(0.1)), 1, 0.35)
	near(t, "P90", e.Value, -math.Log(0.1), 0.05)
	for i := range x {
		x[i] *= 7
	}
	scaled := PercentileOf([][]float64{x}, 0.9, moderated.Prior{Tau: 0, DF: 4})
	near(t, "scaled value", scaled.Value, 7*e.Value, 1e-12)
	near(t, "scaled standard error", scaled.SE, e.SE, 1e-9)
}

// cell simulates trials of M/M/8 whose latencies vary by sd from trial to trial and
// returns how often the two kinds of interval cover, and how often one is printed.
type cell struct {
	rho  float64
	n, k int
	sd   float64
}

type covered struct{ share, percentile, printed float64 }

func (c cell) simulate(rounds int, seed uint64, percentiles ...float64) []covered {
	random := rand.New(rand.NewPCG(seed, uint64(c.n*100+c.k)))
	pool := queueing.MMC{C: 8, Lambda: 8 * c.rho, Mu: 1}
	out, hits := make([]covered, len(percentiles)), make([]int, len(percentiles))
	limits, truths := make([]float64, len(percentiles)), make([]float64, len(percentiles))
	const grid = 2000
	for i, p := range percentiles {
		limits[i] = pool.Quantile(p)
		for range grid { // mean share over what trials vary by
			truths[i] += (1 - pool.Exceeds(limits[i]/math.Exp(c.sd*random.NormFloat64()))) / grid
		}
	}
	for range rounds {
		var trials [][]float64
		for range c.k {
			x := simulate.MMc(random, 8, c.rho, c.n)
			factor := math.Exp(c.sd * random.NormFloat64())
			for i := range x {
				x[i] *= factor
			}
			trials = append(trials, x)
		}
		pooled := Pool(trials)
		for i, p := range percentiles {
			if lo, hi := ShareOf(counted(trials, limits[i], pooled.time), DefaultShare()).Interval(0.95); lo <= truths[i] && truths[i] <= hi {
				out[i].share += 1 / float64(rounds)
			}
			e := pooled.Percentile(p, moderated.Default())
			if e.Why != "" {
				continue
			}
			out[i].printed += 1 / float64(rounds)
			if lo, hi := e.Interval(0.95); lo <= limits[i] && limits[i] <= hi {
				hits[i]++
			}
		}
	}
	for i := range out {
		if out[i].printed > 0 {
			out[i].percentile = float64(hits[i]) / (out[i].printed * float64(rounds))
		}
	}
	return out
}

// counted counts the arrivals of each trial within a limit.
func counted(trials [][]float64, limit, time float64) []Counted {
	counts := make([]Counted, len(trials))
	for i, x := range trials {
		counts[i] = Counted{Offered: len(x), Time: time}
		for _, v := range x {
			if v <= limit {
				counts[i].Good++
			}
		}
	}
	return counts
}

// Simulation, short: four rows of the table in docs/methods.md.
func TestCoverage(t *testing.T) {
	const rounds = 200
	for _, c := range []cell{{0.5, 180, 3, 0.1}, {0.8, 600, 3, 0.1}, {0.9, 600, 1, 0.1}, {0.9, 180, 2, 0.1}} {
		got := c.simulate(rounds, 1, 0.95)[0]
		slack := 3 * math.Sqrt(0.93*0.07/rounds)
		if got.share < 0.93-slack || (got.printed > 0.1 && got.percentile < 0.93-slack) {
			t.Errorf("%+v: %+v", c, got)
		}
		t.Logf("%+v: %+v", c, got)
	}
}
