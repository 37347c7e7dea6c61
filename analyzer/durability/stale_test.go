package durability_test

import (
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

func TestStaleReads(t *testing.T) {
	reads := func(stale int) *analyzer.Judgement {
		return synthetic.Drilled(nil, func(trial *results.Trial) {
			trial.Audit = &results.Audit{Method: "sql", Reads: []results.AuditRead{{Tenant: "t1", Op: "see", Reads: 50, Stale: stale}},
				Operations: []results.AuditOp{{Tenant: "t1", Op: "order", Attempted: 50, Acknowledged: 50}}}
		})
	}
	if got := synthetic.Verdict(reads(0), "DUR-007"); got != finding.Pass {
		t.Errorf("no stale read is %s, want pass", got)
	}
	if got := synthetic.Verdict(reads(3), "DUR-007"); got != finding.Fail {
		t.Errorf("three stale reads are %s, want fail", got)
	}
}
