package power

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/sequential"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.6f, want %.6f", what, got, want)
	}
}

// Source: R's power.t.test(n = 20, delta = 1, sd = 1), power = 0.8689528 with 38 degrees
// of freedom and noncentrality sqrt(10).
func TestPowerIsNoncentralT(t *testing.T) {
	d := Design{Within: 1, Prior: moderated.Prior{Tau: 0, DF: 0}}
	near(t, "power", d.Power(math.Exp(math.Sqrt(10.0/39)), 1, 0.95, 39), 0.8689528, 2e-6)
}

// Source: the formula of Power by Simpson's rule with 20,000 steps, in Python.
func TestPowerWithPrior(t *testing.T) {
	for _, c := range []struct {
		d0    float64
		n     int
		theta float64
		want  float64
	}{{4, 1, 3, 0.588448}, {4, 3, 2, 0.837361}, {8, 6, 1.2, 0.779615}, {4, 2, 2, 0.608262}} {
		d := Design{Within: 0.75, Prior: moderated.Prior{Tau: 0.5, DF: c.d0}}
		near(t, "power", d.Power(2*math.Exp(c.theta), 2, 0.95, c.n), c.want, 1e-5)
		near(t, "power below the limit", d.Power(2*math.Exp(-c.theta), 2, 0.95, c.n), c.want, 1e-5)
	}
	if got := (Design{Within: 1}).Power(2, 1, 0.95, 1); got != 0 {
		t.Errorf("one trial without a prior has power %g", got)
	}
}

// Closed form: one look agrees with Power, and so does a single replicate.
func TestCourseOfOneLook(t *testing.T) {
	d := Design{Within: 0.04, Prior: moderated.Default(), AtMost: 6, Fixed: true}
	near(t, "level", d.Level(), 0.95, 1e-12)
	for _, ratio := range []float64{1.1, 1.3, 1.5} {
		c := d.Course(ratio, 1)
		near(t, "right", c.Right, d.Power(ratio, 1, 0.95, 6), 0.025)
		near(t, "replicates", c.Mean, 6, 1e-9)
	}
}

// Simulation: with looks no more than alpha is claimed of identical setups.
func TestCourseKeepsAlpha(t *testing.T) {
	for _, prior := range []moderated.Prior{moderated.Default(), moderated.Switchback()} {
		for _, most := range []int{1, 3, 10} {
			c := Design{Within: 0.02, Prior: prior, AtMost: most}.Course(1, 1)
			if c.Wrong > 0.05+3*math.Sqrt(0.05*0.95/rounds) || c.Right != 0 {
				t.Errorf("d0 %g, %d looks: %.4f", prior.DF, most, c.Wrong)
			}
			t.Logf("d0 %g, %d looks: %.4f", prior.DF, most, c.Wrong)
		}
	}
}

// Property: larger effects, more replicates and less variation decide sooner.
func TestCourseIsMonotone(t *testing.T) {
	d := Design{Within: 0.02, Prior: moderated.Default(), AtMost: 10}
	last := Course{Mean: math.Inf(1)}
	for _, ratio := range []float64{1.1, 1.2, 1.5, 2, 4, 10} {
		c := d.Course(ratio, 1)
		if c.Right < last.Right || c.Mean > last.Mean {
			t.Errorf("ratio %g: %+v after %+v", ratio, c, last)
		}
		for k := 1; k < len(c.After); k++ {
			if c.After[k] < c.After[k-1] {
				t.Errorf("ratio %g: decided after %d less often than after %d", ratio, k+1, k)
			}
		}
		last = c
	}
	noisy := Design{Within: 0.1, Prior: moderated.Default(), AtMost: 10}
	if noisy.Detect(1, 0.8) <= d.Detect(1, 0.8) || d.Detect(1, 0.95) <= d.Detect(1, 0.8) {
		t.Error("noise or power does not raise what is detected")
	}
}

// Property: what Detect returns has the requested power.
func TestDetect(t *testing.T) {
	for _, d := range []Design{
		{Within: 0.02, Prior: moderated.Default(), AtMost: 10},
		{Within: 0.05, Prior: moderated.Switchback(), AtMost: 3, Fixed: true},
		{Within: 0.02, Prior: moderated.Default()},
	} {
		for _, power := range []float64{0.8, 0.95} {
			near(t, "power", d.Course(d.Detect(2, power), 2).Right, power, 0.01)
		}
	}
}

func TestReplicates(t *testing.T) {
	d := Design{Within: 0.02, Prior: moderated.Default(), AtMost: 10, Fixed: true}
	n := d.Replicates(1.3, 1, 0.8, 40)
	if n < 2 || d.Power(1.3, 1, 0.95, n) < 0.8 || d.Power(1.3, 1, 0.95, n-1) >= 0.8 {
		t.Errorf("replicates: %d", n)
	}
	if got := d.Replicates(1.001, 1, 0.8, 40); got != 0 {
		t.Errorf("a thousandth needs %d replicates", got)
	}
}

// Closed form: p / ((1-p) n q^2), twice; windows of sd 0.15 in four blocks add 2 0.15^2/4.
func TestTrialVariance(t *testing.T) {
	q := math.Log(20)
	near(t, "P95", Trial{Arrivals: 180, P: 0.95}.Variance(), 2*19/(180*q*q), 1e-12)
	near(t, "inflated, four blocks", Trial{Arrivals: 180, P: 0.95, Inflation: 3, Windows: 0.15, Blocks: 4}.Variance(),
		6*19/(180*q*q)+0.01125, 1e-12)
}

// Simulation: of experiments that are undecided after two replicates, as many are decided
// after six as Conditional predicts on average, when effects are spread widely and the
// prior is right.
func TestConditional(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	prior := moderated.Default()
	level := sequential.Level(6, 0.05)
	var predicted, decided, n float64
	for range 600 {
		truth := 3*random.Float64() - 1.5
		sigma := math.Sqrt(prior.DF * 0.04 / distuv.ChiSquared{K: prior.DF, Src: random}.Rand())
		draw := func() effect.Effect {
			return effect.Effect{Log: truth + sigma*random.NormFloat64(), Var: 0.0175, P: math.NaN()}
		}
		trials := []effect.Effect{draw(), draw()}
		e := moderated.Of(trials, prior)
		if e.Compare(1, level) != moderated.Undecided {
			continue
		}
		n++
		predicted += Conditional(e, 1, 1, level, 4)
		for range 4 {
			trials = append(trials, draw())
			if moderated.Of(trials, prior).Compare(1, level) != moderated.Undecided {
				decided++
				break
			}
		}
	}
	if math.Abs(predicted/n-decided/n) > 3.5*math.Sqrt(0.25/n) {
		t.Errorf("predicted %.2f, decided %.2f of %g", predicted/n, decided/n, n)
	}
	t.Logf("predicted %.2f, decided %.2f of %g", predicted/n, decided/n, n)
	done := moderated.Of([]effect.Effect{{Log: 2, Var: 0.01}}, prior)
	if got := Conditional(done, 1, 1, level, 4); !math.IsNaN(got) {
		t.Errorf("decided already: %g", got)
	}
	hopeless := moderated.Of([]effect.Effect{{Log: 0, Var: 0.01}, {Log: 0, Var: 0.01}}, prior)
	if got := Conditional(hopeless, 1, 1, level, 1); got > 0.05 {
		t.Errorf("no effect, one replicate left: %g", got)
	}
	// Two sides that agree: only "no difference" can be the answer, and only a margin allows it.
	alike := moderated.Estimate{N: 9, Log: 0, SE: 0.03, DF: 40}
	if got := Conditional(alike, 1, 1.05, 0.95, 40); got < 0.5 {
		t.Errorf("no difference within 5 %%, 40 replicates left: %g", got)
	}
	if with, without := Conditional(alike, 1, 1.05, 0.95, 40), Conditional(alike, 1, 1, 0.95, 40); without > with-0.3 {
		t.Errorf("with a margin %g, without %g", with, without)
	}
}
