//go:build slow

package setups_test

import (
	"testing"
)

// 100 experiments of six pairs of trials, like `replicates: 6` on the two setups of
// examples/peak-season.yaml: at most the nominal 5 of identical setups are called
// different, and 20 % slower at P95 is found in at least 90. The experiments are seeded, so
// the result is exact. With 38 of 100 other seeds chance alone gives more than 5.
func TestHundredSelfComparisons(t *testing.T) {
	if got := compareOrders(100, 1); got > 5 {
		t.Errorf("%d of 100 identical setups were called different, want at most 5", got)
	} else {
		t.Logf("%d of 100 identical setups were called different", got)
	}
}

func TestHundredSlowerSetupsAreFound(t *testing.T) { slowerIsFound(t, 100) }
