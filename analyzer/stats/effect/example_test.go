package effect_test

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/effect"
)

// One trial of 100 orders in each condition, the slowest of which take 1 s and 2 s.
func Example() {
	calm, disturbed := make([]float64, 100), make([]float64, 100)
	for i := range calm {
		calm[i] = 0.01 * float64(i*37%100+1)
		disturbed[i] = 0.02 * float64(i*37%100+1)
	}
	e := effect.Between(calm, disturbed, 0.95)
	fmt.Printf("%.2f times, give or take %.0f %%\n", math.Exp(e.Log), 100*math.Sqrt(e.Var))
	// Output: 2.00 times, give or take 3 %
}
