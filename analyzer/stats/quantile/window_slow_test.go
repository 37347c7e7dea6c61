//go:build slow

package quantile_test

import (
	"fmt"
	"math"
	"testing"
)

// The table of docs/methods.md: M/M/8, the share of windows whose interval is printed and
// how many of these cover. What is held: of all windows at most 5 % have an interval that
// does not cover, and where more than 5 % have one, at least 93 % of them cover, within
// Monte-Carlo error.
func TestWindowCoverageTable(t *testing.T) {
	const rounds = 300
	for _, p := range []float64{0.5, 0.95, 0.99} {
		for _, rho := range []float64{0.5, 0.7, 0.8, 0.9} {
			line := fmt.Sprintf("P%g rho %.1f:", 100*p, rho)
			for _, n := range []int{60, 180, 360, 600, 1000, 2000, 4000} {
				printed, covers := windowCoverage(p, rho, n, rounds)
				line += fmt.Sprintf("  %d %.2f/%.3f", n, printed, covers)
				if missed := printed * (1 - covers); missed > 0.05+3*math.Sqrt(0.05*0.95/rounds) {
					t.Errorf("P%g, rho %.1f, n %d: %.3f of the windows have an interval that does not cover", 100*p, rho, n, missed)
				}
				slack := 3 * math.Sqrt(0.93*0.07/(rounds*max(printed, 0.01)))
				if printed > 0.05 && covers < 0.93-slack {
					t.Errorf("P%g, rho %.1f, n %d: %.3f printed, %.3f of these cover", 100*p, rho, n, printed, covers)
				}
			}
			t.Log(line)
		}
	}
}
