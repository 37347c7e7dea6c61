//go:build !race

package setups_test

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
)

// compareOrders runs experiments of six replicates and counts in how many a CMP row for
// orders in the baseline claims a difference.
func compareOrders(experiments int, slower float64) (claimed int) {
	for seed := range uint64(experiments) {
		p := synthetic.Calm(1000 + seed)
		p.Replicates, p.Outage, p.Wobble, p.Seconds, p.Rate, p.Tenants = 6, false, 0.05, 34, 25, 2
		p.Workers = 40 // no queue: the planted factor is the whole difference
		p.Slower = map[string]float64{"dedicated": slower}
		for _, row := range p.Judge().Compared {
			if row.Journey == "orders" && row.Window == "baseline" && row.Quantile == "p95" &&
				row.Verdict == finding.Info && (*row.Ratio.Lo > 1 || *row.Ratio.Hi < 1) {
				claimed++
			}
		}
	}
	return claimed
}

// selfComparison: identical setups give at most the nominal share of false alarms.
func selfComparison(t *testing.T, n int) {
	t.Helper()
	if got := compareOrders(n, 1); float64(got) > float64(n)*(0.05+3*math.Sqrt(0.05*0.95/float64(n))) {
		t.Errorf("%d of %d identical setups were called different", got, n)
	} else {
		t.Logf("%d of %d identical setups were called different", got, n)
	}
}

// slowerIsFound: one setup 20 % slower is found in at least nine of ten.
func slowerIsFound(t *testing.T, n int) {
	t.Helper()
	if got := compareOrders(n, 1.2); got < n*9/10 {
		t.Errorf("found in %d of %d", got, n)
	} else {
		t.Logf("found in %d of %d", got, n)
	}
}

func TestSelfComparison(t *testing.T) {
	t.Parallel()
	selfComparison(t, 6)
}

func TestSlowerSetupIsFound(t *testing.T) {
	t.Parallel()
	slowerIsFound(t, 6)
}
