package moderated_test

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
)

// Three trials, each about four times slower; the limit is two times.
func Example() {
	trials := []effect.Effect{
		{Log: math.Log(3.6), Var: 0.02}, {Log: math.Log(4.3), Var: 0.02}, {Log: math.Log(3.9), Var: 0.02},
	}
	e := moderated.Of(trials, moderated.Default())
	lo, hi := e.Interval(0.95)
	fmt.Printf("%.2f [%.2f, %.2f], %s\n", e.Ratio(), lo, hi, e.Prior)
	fmt.Printf("above 2: %t, unless trials vary by more than %.0f %%\n",
		e.Compare(2, 0.95) == moderated.Above, 100*e.Tipping(2, 0.95))
	// Output:
	// 3.92 [3.06, 5.03], assuming that trials vary by 15 %
	// above 2: true, unless trials vary by more than 56 %
}
