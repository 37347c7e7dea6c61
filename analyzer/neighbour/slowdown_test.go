package neighbour_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
)

// With arrivals that are many together and few a tenant, the figure over all abiding
// tenants is given at a percentile that has an interval, though waits behind a
// neighbour depend on each other so much that P95 has no upper bound; tenants that are
// too quiet for a median are refused, each with the reason.
func TestIsolationOfQuietTenants(t *testing.T) {
	p := synthetic.Calm(8)
	p.Outage, p.Setups, p.Replicates = false, []string{"multi-tenant"}, 1
	p.Tenants, p.Rate, p.Neighbour, p.Workers = 24, 0.5, 200, 4
	j := p.Judge()
	synthetic.Sound(t, j)
	var refused int
	for _, row := range j.Isolation {
		switch {
		case row.Tenant == finding.Everyone:
			if row.Slowdown.Missing || row.Slowdown.Lo == nil || row.Slowdown.Hi == nil {
				t.Errorf("all together at %s: %+v", row.Quantile, row.Slowdown)
			}
		case row.Slowdown.Missing:
			refused++
			if row.Slowdown.Need == 0 || !strings.Contains(row.Slowdown.Warnings[0], "needs") {
				t.Errorf("%s is refused without a reason: %+v", row.Tenant, row.Slowdown)
			}
		}
	}
	if refused == 0 {
		t.Error("no tenant is too quiet, which this test is about")
	}
	f := synthetic.Finding(t, j, "ISO-001")
	if f.Verdict == finding.Inconclusive && len(f.Because) == 1 {
		t.Errorf("the analyzer gave up: %v", f.Because)
	}
}
