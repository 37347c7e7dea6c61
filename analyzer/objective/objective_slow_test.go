//go:build slow

package objective_test

import (
	"math"
	"testing"
)

// The table of docs/methods.md, section 13: shares of whole runs.
func TestObjectiveCoverageTable(t *testing.T) {
	const rounds = 100
	for _, outage := range []bool{false, true} {
		for _, rho := range []float64{0.5, 0.8, 0.9} {
			for _, replicates := range []int{1, 3, 6} {
				got := coverage(t, rho, replicates, rounds, outage)
				t.Logf("outage %v, rho %.1f, %2d trials: %.3f", outage, rho, replicates, got)
				if got < 0.93-3*math.Sqrt(0.93*0.07/rounds) {
					t.Errorf("outage %v, rho %.1f, %d trials: covers in %.3f", outage, rho, replicates, got)
				}
			}
		}
	}
}
