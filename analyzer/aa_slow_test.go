//go:build slow

package analyzer

import "testing"

func TestHundredSelfComparisons(t *testing.T)      { selfComparison(t, 100) }
func TestHundredSlowerSetupsAreFound(t *testing.T) { slowerIsFound(t, 100) }
