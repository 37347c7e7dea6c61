package sequential

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Source: Jennison & Turnbull (2000), table 2.1, Pocock constants.
func TestPocockConstants(t *testing.T) {
	for _, c := range []struct {
		looks int
		alpha float64
		want  float64
	}{
		{1, 0.05, 1.960}, {2, 0.05, 2.178}, {3, 0.05, 2.289}, {4, 0.05, 2.361}, {5, 0.05, 2.413}, {6, 0.05, 2.453},
		{8, 0.05, 2.512}, {10, 0.05, 2.555}, {20, 0.05, 2.672}, {2, 0.1, 1.875}, {5, 0.1, 2.122}, {2, 0.01, 2.772}, {5, 0.01, 2.986},
	} {
		if got := Pocock(c.looks, c.alpha); math.Abs(got-c.want) > 6e-4 {
			t.Errorf("%d looks at %g: got %.4f, want %.3f", c.looks, c.alpha, got, c.want)
		}
	}
	if got := Level(10, 0.05); math.Abs(got-0.9894) > 1e-4 {
		t.Errorf("level of ten looks: %.5f", got)
	}
	if got := Level(1, 0.05); math.Abs(got-0.95) > 1e-12 {
		t.Errorf("level of one look: %.5f", got)
	}
}

// Closed form: two looks at c = infinity never cross, and at c = 0 the first does.
// Source of the naive chance: Armitage, McPherson & Rowe (1969), ten looks at 5 %: 0.193.
func TestCrossing(t *testing.T) {
	total := func(p []float64) (sum float64) {
		for _, x := range p {
			sum += x
		}
		return sum
	}
	if got := total(Crossing(1.959964, 10, 0)); math.Abs(got-0.193) > 5e-4 {
		t.Errorf("ten naive looks: %.4f, want 0.193", got)
	}
	if got := total(Crossing(12, 2, 0)); got > 1e-12 {
		t.Errorf("never: %g", got)
	}
	if got := Crossing(1e-9, 2, 0); math.Abs(got[0]-1) > 1e-6 {
		t.Errorf("at once: %v", got)
	}
	// Closed form of one look with drift: power of a z test.
	if got := Crossing(1.959964, 1, 2.8)[0]; math.Abs(got-0.79953) > 1e-4 {
		t.Errorf("one look with drift: %.5f", got)
	}
}

// Property: more looks need a larger constant, below Bonferroni's; the level rises.
func TestPocockAscends(t *testing.T) {
	last := 0.0
	for looks := 1; looks <= 12; looks++ {
		c := Pocock(looks, 0.05)
		if c <= last || Level(looks, 0.05) > 1-0.05/float64(looks)+1e-9 {
			t.Errorf("%d looks: %g after %g", looks, c, last)
		}
		last = c
	}
}

// Simulation: first crossings of sums of normal values come as computed.
func TestCrossingSimulated(t *testing.T) {
	const rounds, looks, drift = 20_000, 6, 0.7
	c := Pocock(looks, 0.05)
	random := rand.New(rand.NewPCG(1, 1))
	var got [looks]float64
	for range rounds {
		sum := 0.0
		for k := range looks {
			sum += drift + random.NormFloat64()
			if math.Abs(sum) >= c*math.Sqrt(float64(k+1)) {
				got[k] += 1.0 / rounds
				break
			}
		}
	}
	for k, want := range Crossing(c, looks, drift) {
		if math.Abs(got[k]-want) > 4*math.Sqrt(want*(1-want)/rounds) {
			t.Errorf("look %d: %.4f simulated, %.4f computed", k+1, got[k], want)
		}
	}
}
