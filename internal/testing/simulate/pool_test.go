package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/queueing"
)

// Closed form: percentiles of the sojourn time in M/M/c, and that it starts in the
// stationary state: short runs have the same percentiles on average.
func TestMMcHasItsPercentiles(t *testing.T) {
	for _, c := range []struct {
		workers int
		rho     float64
	}{{1, 0.5}, {8, 0.5}, {8, 0.8}, {8, 0.9}} {
		truth := queueing.MMC{Lambda: c.rho * float64(c.workers), Mu: 1, C: c.workers}
		random := rand.New(rand.NewPCG(1, 1))
		var all []float64
		for range 6000 {
			all = append(all, MMc(random, c.workers, c.rho, 50)...)
		}
		slices.Sort(all)
		for _, p := range []float64{0.5, 0.95} {
			got, want := all[int(p*float64(len(all)))], truth.Quantile(p)
			if math.Abs(got/want-1) > 0.03 {
				t.Errorf("M/M/%d at %g: P%g %.3f, closed form %.3f", c.workers, c.rho, 100*p, got, want)
			}
		}
	}
}
