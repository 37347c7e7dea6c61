//go:build slow

package attribution_test

import (
	"testing"
)

// At 5 % more than 6 of 40 have a probability of 0.3 %.
func TestFortyUnlinkedQueues(t *testing.T) { unlinkedQueues(t, 40, 6) }
