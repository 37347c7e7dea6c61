package attribution

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The median of 1 2 3 4 100 is 3 and their median absolute deviation 1: 3 + 5*1.4826.
func TestClipped(t *testing.T) {
	if got := clipped([]float64{1, 100, 2, 3, 4}); !slices.Equal(got, []float64{1, 3 + 5*1.4826, 2, 3, 4}) {
		t.Errorf("got %v", got)
	}
	if got := clipped([]float64{0, 0, 0, 9}); !slices.Equal(got, []float64{0, 0, 0, 9}) {
		t.Errorf("still: %v", got)
	}
}

// A parabola and the load leave nothing.
func TestDetrended(t *testing.T) {
	load, y := make([]float64, 50), make([]float64, 50)
	for i := range y {
		load[i] = math.Sin(float64(i))
		y[i] = 3 + 0.2*float64(i) - 0.01*float64(i*i) + 4*load[i]
	}
	for i, v := range Detrended(load, y) {
		if math.Abs(v) > 1e-9 {
			t.Fatalf("bin %d: %g", i, v)
		}
	}
	for i, v := range Detrended(make([]float64, 50), load) {
		if math.IsNaN(v) {
			t.Fatalf("bin %d of a constant load: NaN", i)
		}
	}
}

// unrelated makes two series of 240 bins that have nothing to do with each other.
func unrelated(kind string, random *rand.Rand) (x, y []float64) {
	const n = 240
	x, y = make([]float64, n), make([]float64, n)
	a, b := 0.0, 0.0
	for i := range n {
		a, b = 0.7*a+random.NormFloat64(), 0.5*b+random.NormFloat64()
		x[i], y[i] = a, b
	}
	bump := func(s []float64, from, length int, height float64) {
		for i := from; i < min(from+length, n); i++ {
			s[i] += height
		}
	}
	switch kind {
	case "an event each":
		at := 40 + random.IntN(140)
		bump(x, at, 15, 20)
		bump(y, at+random.IntN(30)-15, 15, 20)
	case "an event each, otherwise still":
		clear(x)
		clear(y)
		at := 40 + random.IntN(140)
		bump(x, at, 15, 20)
		bump(y, at+random.IntN(30)-15, 15, 20)
	case "sparse bursts":
		clear(x)
		clear(y)
		for range 6 {
			bump(x, random.IntN(n), 1+random.IntN(4), 5+10*random.Float64())
			bump(y, random.IntN(n), 1+random.IntN(4), 5+10*random.Float64())
		}
	case "a common trend":
		for i := range n {
			x[i] += 0.05 * float64(i)
			y[i] += 0.08 * float64(i)
		}
	case "a common peak":
		for i := range n {
			u := float64(i-n/2) / float64(n)
			x[i] -= 40 * u * u
			y[i] -= 60 * u * u
		}
	}
	return x, y
}

// Series without a link are linked in at most 5 % of trials, whatever else they have.
func TestUnrelatedSeries(t *testing.T) {
	const rounds = 200
	for _, kind := range []string{"noise", "an event each", "an event each, otherwise still", "sparse bursts", "a common trend", "a common peak"} {
		random := rand.New(rand.NewPCG(7, 7))
		found := 0
		for range rounds {
			x, y := unrelated(kind, random)
			l, err := Lead(x, y, make([]float64, len(x)), 20, 0.95, 0, random)
			if err == nil && l.Found {
				found++
			}
		}
		t.Logf("%s: %d of %d", kind, found, rounds)
		if found > rounds/20 {
			t.Errorf("%s: %d of %d are linked", kind, found, rounds)
		}
	}
}

// A link is found still: noise that the outcome follows six bins later, and bursts that it
// always follows.
func TestRelatedSeries(t *testing.T) {
	const rounds = 100
	random := rand.New(rand.NewPCG(8, 8))
	for _, kind := range []string{"noise", "bursts"} {
		found := 0
		for range rounds {
			x, y := unrelated("noise", random)
			for i := range x {
				if kind == "bursts" && i%40 < 4 {
					x[i] += 12
				}
				if i >= 6 {
					y[i] += 0.8 * x[i-6]
				}
			}
			if l, err := Lead(x, y, make([]float64, len(x)), 20, 0.999, 0, random); err == nil && l.Found && l.Lag == 6 {
				found++
			}
		}
		t.Logf("%s: %d of %d", kind, found, rounds)
		if found < rounds*9/10 {
			t.Errorf("%s: %d of %d are found", kind, found, rounds)
		}
	}
}
