//go:build !race

package analyzer_test

import (
	"testing"

	"example.org/odooharness/analyzer"
)

// No more alarms than the level allows, at least half of what was planted found, and the
// same again for the same seed. Thirty experiments twice take a minute with the race
// detector; what runs side by side in them is raced by every other test of [Analyze].
func TestSelfCheck(t *testing.T) {
	t.Parallel()
	n := 30
	if testing.Short() {
		n = 10
	}
	s := analyzer.SelfCheck(3, n)
	if !s.OK() || s.Found < s.Planted/2 || s != analyzer.SelfCheck(3, n) {
		t.Error(s.Words())
	}
}
