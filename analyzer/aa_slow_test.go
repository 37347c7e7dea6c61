//go:build slow

package analyzer

import "testing"

func TestHundredSelfComparisons(t *testing.T)      { selfComparison(t, 100) }
func TestHundredSlowerSetupsAreFound(t *testing.T) { slowerIsFound(t, 100) }

// At 5 % more than 6 of 40 have a probability of 0.3 %.
func TestFortyUnlinkedQueues(t *testing.T) { unlinkedQueues(t, 40, 6) }
