package resample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAll(t *testing.T) {
	if got := All(3); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
}

// A draw leaves a position out with probability (1-1/n)^n, about 1/e (Efron &
// Tibshirani 1993): over 2000 draws of 50 the share is within four standard errors.
func TestDraw(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n, draws = 50, 2000
	missed := 0
	for range draws {
		positions := Draw(n, random)
		if len(positions) != n || slices.Min(positions) < 0 || slices.Max(positions) >= n {
			t.Fatalf("got %v", positions)
		}
		if !slices.Contains(positions, 7) {
			missed++
		}
	}
	want := math.Pow(1-1.0/n, n)
	if got := float64(missed) / draws; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/draws) {
		t.Errorf("position 7 is missed by %.3f of the draws, want %.3f", got, want)
	}
}
