//go:build !race

package attribution_test

import (
	"testing"

	"example.org/odooharness/analyzer"
)

// Queues that have nothing to do with lateness are linked no more often than the
// level allows: of 6 runs at 5 %, more than 2 have a probability of 0.2 %. A simulation,
// which the race detector makes half a minute long.
func TestUnlinkedQueues(t *testing.T) {
	t.Parallel()
	unlinkedQueues(t, 6, 2)
}

func unlinkedQueues(t *testing.T, runs uint64, most int) {
	t.Helper()
	alarms := 0
	for seed := range runs {
		j, err := analyzer.Analyze(withQueue(t, 100+seed, false), analyzer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		alarms += min(len(j.Links), 1)
	}
	if alarms > most {
		t.Errorf("%d of %d runs without a link have one", alarms, runs)
	}
}
