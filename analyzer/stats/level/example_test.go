package level_test

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/level"
)

// Are 95 % of the arrivals good for certain?
func Example() {
	trials := []level.Counted{{Good: 588, Offered: 600, Time: 1.5}, {Good: 591, Offered: 600, Time: 1.5}, {Good: 585, Offered: 600, Time: 1.5}}
	s := level.ShareOf(trials, level.DefaultShare())
	lo, hi := s.Interval(0.95)
	fmt.Printf("%.1f %% [%.1f %%, %.1f %%]\n", 100*s.Value, 100*lo, 100*hi)
	// Output: 98.0 % [96.0 %, 99.0 %]
}
