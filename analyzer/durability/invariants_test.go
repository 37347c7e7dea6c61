package durability

import (
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// A duplicated invoice also breaks an invariant. DUR-002 judges it, DUR-005 does not. An
// invoice that no client journalled is judged by DUR-005.
func TestInvoiceMadeTwiceIsJudgedOnce(t *testing.T) {
	for _, c := range []struct {
		broken, before, twice int
		want                  finding.Verdict
	}{{4, 0, 4, finding.Info}, {4, 0, 3, finding.Fail}, {4, 4, 0, finding.Fail}, {6, 2, 4, finding.Info}} {
		trial := &run.Trial{Source: run.Source{TrialData: &results.TrialData{Trial: results.Trial{Name: "01", Audit: &results.Audit{
			Operations: []results.AuditOp{{Tenant: "t1", Op: "invoice", Duplicated: c.twice}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "one-invoice-per-order", Broken: c.broken, Before: c.before}},
		}}}}}
		if c.broken <= c.before {
			trial.Audit.Invariants[0].Held = true
			c.want = finding.Pass
		}
		if got := invariants("s", []*run.Trial{trial}); got[0].Verdict != c.want {
			t.Errorf("%+v: %s %v", c, got[0].Verdict, got[0].Because)
		}
	}
}
