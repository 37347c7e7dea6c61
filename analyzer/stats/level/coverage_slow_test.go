//go:build slow

package level

import (
	"fmt"
	"math"
	"testing"
)

// The table of docs/methods.md: M/M/8 with latencies that vary by 10 % between trials. A
// share of good arrivals around 95 % covers in at least 93 %, with every number of trials
// and arrivals; percentiles do where they have an interval.
func TestCoverageTable(t *testing.T) {
	const rounds = 150
	slack := 3 * math.Sqrt(0.93*0.07/rounds)
	for _, p := range []float64{0.5, 0.95} {
		for _, rho := range []float64{0.5, 0.8, 0.9} {
			for _, n := range []int{60, 180, 600, 2000} {
				line := fmt.Sprintf("P%g rho %.1f n %d:", 100*p, rho, n)
				for _, k := range []int{1, 2, 3, 4, 6, 10} {
					c := cell{rho: rho, n: n, k: k, sd: 0.1}
					got := c.simulate(p, rounds, 7)
					line += fmt.Sprintf("  %d: share %.3f, percentile %.3f (%.2f)", k, got.share, got.percentile, got.printed)
					if p >= 0.9 && got.share < 0.93-slack {
						t.Errorf("%+v: the share covers in %.3f", c, got.share)
					}
					if got.printed > 0.1 && got.percentile < 0.93-slack/math.Sqrt(got.printed) {
						t.Errorf("%+v: P%g covers in %.3f of %.2f", c, 100*p, got.percentile, got.printed)
					}
				}
				t.Log(line)
			}
		}
	}
}
