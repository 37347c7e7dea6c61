package analyzer

import (
	"testing"

	"example.org/odooharness/results"
)

// At most every fifth conflict can reach a client of an Odoo that tries five times.
func TestConflictsThatReachClients(t *testing.T) {
	d := &dataset{opts: Options{}.orDefaults()}
	for _, c := range []struct {
		reached, retried int
		read             bool
		want             Verdict
	}{
		{20, 0, true, Fail}, {2, 0, true, Pass}, {10, 40, true, Pass}, {100, 400, true, Pass}, {100, 100, true, Fail}, {20, 0, false, Info},
	} {
		if got := d.conflictFinding("s", c.reached, c.retried, c.read); got.Verdict != c.want {
			t.Errorf("%+v: %s %v", c, got.Verdict, got.Because)
		}
	}
}

// Source: the exact interval of 5 in 10 at 95 % is 0.1871 to 0.8129 (Clopper and
// Pearson 1934); of 0 in n the upper bound is 1 - 0.025^(1/n).
func TestClopperPearson(t *testing.T) {
	near := func(got, want float64) bool { return got > want-1e-4 && got < want+1e-4 }
	if lo, hi := clopperPearson(5, 10, 0.95); !near(lo, 0.1871) || !near(hi, 0.8129) {
		t.Errorf("5 of 10: %g to %g", lo, hi)
	}
	if lo, hi := clopperPearson(0, 10, 0.95); lo != 0 || !near(hi, 0.3085) {
		t.Errorf("0 of 10: %g to %g", lo, hi)
	}
}

func TestSessionsLostByAFault(t *testing.T) {
	for _, c := range []struct {
		lost, usual int
		want        Verdict
	}{{0, 0, Pass}, {3, 0, Fail}, {3, 2, Info}, {0, 2, Pass}} {
		if got := sessionsFinding(Scope{}, c.lost, c.usual); got.Verdict != c.want {
			t.Errorf("%+v: %s", c, got.Verdict)
		}
	}
}

// An invoice that was made twice breaks a law too: it is judged once, by DUR-002. One
// that nobody journalled is the law's to tell.
func TestInvoiceMadeTwiceIsJudgedOnce(t *testing.T) {
	for _, c := range []struct {
		broken, before, twice int
		want                  Verdict
	}{{4, 0, 4, Info}, {4, 0, 3, Fail}, {4, 4, 0, Fail}, {6, 2, 4, Info}} {
		trial := &trialData{source: source{TrialData: &results.TrialData{Trial: results.Trial{Name: "01", Audit: &results.Audit{
			Operations: []results.AuditOp{{Tenant: "t1", Op: "invoice", Duplicated: c.twice}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "one-invoice-per-order", Broken: c.broken, Before: c.before}},
		}}}}}
		if c.broken <= c.before {
			trial.Audit.Invariants[0].Held = true
			c.want = Pass
		}
		if got := invariants("s", []*trialData{trial}); got[0].Verdict != c.want {
			t.Errorf("%+v: %s %v", c, got[0].Verdict, got[0].Because)
		}
	}
}
