package steady

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A figure without a change has a break in at most 5 % of histories; one that rises by four
// standard deviations has its break, where it is.
func TestBreaks(t *testing.T) {
	const rounds = 200
	random := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{6, 12, 30} {
		alarms, raw, found := 0, 0, 0
		for range rounds {
			x := make([]float64, n)
			for i := range x {
				x[i] = random.NormFloat64()
			}
			alarms += min(len(Breaks(x, 3, 0.95)), 1)
			raw += min(len(PELT(x, 0, 3)), 1)
			for i := n / 2; i < n; i++ {
				x[i] += 6
			}
			if slices.Equal(Breaks(x, 3, 0.95), []int{n / 2}) {
				found++
			}
		}
		t.Logf("%d values: %d of %d, PELT alone %d; found %d", n, alarms, rounds, raw, found)
		if alarms > rounds*9/100 {
			t.Errorf("%d values: a break in %d of %d", n, alarms, rounds)
		}
		if found < rounds*8/10 {
			t.Errorf("%d values: found in %d of %d", n, found, rounds)
		}
	}
	if got := Breaks([]float64{1, 1, 1, 1, 2, 2, 2, 2}, 3, 0.95); !slices.Equal(got, []int{4}) {
		t.Errorf("a step without noise: %v", got)
	}
}
