package power_test

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
)

func Example() {
	d := power.Design{Within: power.Trial{Arrivals: 180, P: 0.95}.Variance(), Prior: moderated.Default(), AtMost: 10}
	fmt.Printf("detected in 80 %% of experiments: %.2f\n", d.Detect(1, 0.8))
	fmt.Printf("twice as slow takes %.1f replicates on average\n", d.Course(2, 1).Mean)
	// Output:
	// detected in 80 % of experiments: 1.28
	// twice as slow takes 2.2 replicates on average
}
