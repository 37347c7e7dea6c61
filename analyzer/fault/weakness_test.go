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

// A target that ends sessions by itself is not blamed on a fault, and no step is no pass.
func TestSessionsLostByAFault(t *testing.T) {
	for _, c := range []struct {
		after, calm expired
		want        finding.Verdict
		words       string
	}{
		{expired{0, 100}, expired{0, 900}, finding.Pass, "No session was lost in 100 steps."},
		{expired{3, 100}, expired{0, 900}, finding.Fail, "3 of 100 steps with an expired session: users were logged out."},
		{expired{3, 100}, expired{27, 900}, finding.Pass,
			"3 of 100 steps with an expired session; 27 of 900 in calm windows: no more than without the fault."},
		{expired{30, 100}, expired{2, 900}, finding.Fail,
			"30 of 100 steps with an expired session; 2 of 900 in calm windows: users were logged out."},
		{expired{0, 0}, expired{0, 900}, finding.Inconclusive, "No step of a user was recorded from the fault to the next event."},
	} {
		if got := sessionsFinding(finding.Scope{}, c.after, c.calm, 0.95); got.Verdict != c.want || got.Because[0] != c.words {
			t.Errorf("%+v: %s %q", c, got.Verdict, got.Because)
		}
	}
}
