package durability

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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

// A law that does not apply is neither held nor a law that could not be checked: a
// target without the lab's addon passes.
func TestLawsThatDoNotApply(t *testing.T) {
	outbox := results.Invariant{Tenant: "t1", Name: "one-label-per-shipment", Held: true, Absent: "there is no table harness_outbox"}
	held := results.Invariant{Tenant: "t1", Name: "stock-conserved", Held: true}
	unread := results.Invariant{Tenant: "t1", Name: "invoice-numbers", Err: "a table is locked by others"}
	for name, c := range map[string]struct {
		laws    []results.Invariant
		verdict finding.Verdict
		because []string
	}{
		"held next to it": {[]results.Invariant{held, outbox}, finding.Pass,
			[]string{"None of 1 invariant is broken.", "Left out: 1 invariant, since there is no table harness_outbox."}},
		"not checked next to it": {[]results.Invariant{held, outbox, unread}, finding.Inconclusive,
			[]string{"1 invariant could not be checked: invoice-numbers of t1 in 01 (a table is locked by others).",
				"Left out: 1 invariant, since there is no table harness_outbox."}},
	} {
		trial := &run.Trial{Source: run.Source{TrialData: &results.TrialData{
			Trial: results.Trial{Name: "01", Audit: &results.Audit{Invariants: c.laws}}}}}
		got := invariants("s", []*run.Trial{trial})[0]
		if got.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s", name, got.Verdict, c.verdict)
		}
		if diff := cmp.Diff(c.because, got.Because); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := invariants("s", []*run.Trial{{Source: run.Source{TrialData: &results.TrialData{
		Trial: results.Trial{Audit: &results.Audit{Invariants: []results.Invariant{outbox}}}}}}}); got != nil {
		t.Errorf("a target to which no law applies: %+v", got)
	}
}
