//go:build slow

package level

import (
	"fmt"
	"math"
	"testing"
)

// The table of docs/methods.md: M/M/8 with latencies that vary by 10 % between trials. A
// share of good arrivals around 90 % and more covers in at least 93 %, with every number of
// trials and arrivals; percentiles do where they have an interval. Reports print those of
// each window with this interval.
func TestCoverageTable(t *testing.T) {
	const rounds = 150
	slack := 3 * math.Sqrt(0.93*0.07/rounds)
	percentiles := []float64{0.5, 0.9, 0.95, 0.99}
	for _, rho := range []float64{0.5, 0.8, 0.9} {
		t.Run(fmt.Sprintf("rho %.1f", rho), func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{60, 180, 600, 2000} {
				lines := make([]string, len(percentiles))
				for _, k := range []int{1, 2, 3, 4, 6, 10} {
					c := cell{rho: rho, n: n, k: k, sd: 0.1}
					for i, got := range c.simulate(rounds, 7, percentiles...) {
						p := percentiles[i]
						lines[i] += fmt.Sprintf("  %d: share %.3f, percentile %.3f (%.2f)", k, got.share, got.percentile, got.printed)
						if p >= 0.9 && got.share < 0.93-slack {
							t.Errorf("%+v: the share of P%g covers in %.3f", c, 100*p, got.share)
						}
						if got.printed > 0.1 && got.percentile < 0.93-slack/math.Sqrt(got.printed) {
							t.Errorf("%+v: P%g covers in %.3f of %.2f", c, 100*p, got.percentile, got.printed)
						}
					}
				}
				for i, p := range percentiles {
					t.Logf("P%g n %d: %s", 100*p, n, lines[i])
				}
			}
		})
	}
}
