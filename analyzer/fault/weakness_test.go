package fault

import (
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// At most every fifth conflict can reach a client of an Odoo that tries five times.
func TestConflictsThatReachClients(t *testing.T) {
	r := &run.Run{Options: run.Options{}.OrDefaults()}
	for _, c := range []struct {
		reached, retried int
		read             bool
		want             finding.Verdict
	}{
		{20, 0, true, finding.Fail}, {2, 0, true, finding.Pass}, {10, 40, true, finding.Pass}, {100, 400, true, finding.Pass}, {100, 100, true, finding.Fail}, {20, 0, false, finding.Info},
	} {
		if got := conflictFinding(r, "s", c.reached, c.retried, c.read); got.Verdict != c.want {
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
		want        finding.Verdict
	}{{0, 0, finding.Pass}, {3, 0, finding.Fail}, {3, 2, finding.Info}, {0, 2, finding.Pass}} {
		if got := sessionsFinding(finding.Scope{}, c.lost, c.usual); got.Verdict != c.want {
			t.Errorf("%+v: %s", c, got.Verdict)
		}
	}
}
