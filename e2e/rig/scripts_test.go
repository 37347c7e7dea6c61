package rig

import (
	"testing"

	"example.org/odooharness/results"
)

// Only the scarce product of promo-surge is excused, and only from one law that was checked.
func TestOverReserved(t *testing.T) {
	const hot = "sc-promo-surge-promo-surge-HOT in WH/Stock: 4 reserved, 3 on hand"
	for name, c := range map[string]struct {
		law  results.Invariant
		want bool
	}{
		"the scarce product":       {results.Invariant{Name: "reserved-within-stock", Broken: 1, Examples: []string{hot}}, true},
		"another product, too":     {results.Invariant{Name: "reserved-within-stock", Broken: 2, Examples: []string{hot, "P-3 in WH/Stock: 2 reserved, 1 on hand"}}, false},
		"more than the examples":   {results.Invariant{Name: "reserved-within-stock", Broken: 11, Examples: []string{hot}}, false},
		"another law":              {results.Invariant{Name: "stock-conserved", Broken: 1, Examples: []string{hot}}, false},
		"a law that was not asked": {results.Invariant{Name: "reserved-within-stock", Err: "refused"}, false},
	} {
		if got := overReserved(c.law); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
