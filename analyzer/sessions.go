package analyzer

import (
	"fmt"

	"example.org/odooharness/results"
)

// sessions is RES-004: whether the faults of a setup logged users out.
func (d *dataset) sessions() []Finding {
	lost, known := d.outcomes.index[string(results.SessionLost)]
	if !known {
		return nil
	}
	var all []Finding
	for _, setup := range d.setups {
		var faults []string
		counts, usual := map[string]int{}, 0
		for _, t := range d.of(setup) {
			usual += t.countSteps(uint8(lost), func(w results.Window) bool { return calm(w.Kind) })
			for _, in := range t.Injections {
				if in.InEffect == nil {
					continue // VAL-003 says so
				}
				faults = appendNew(faults, in.Fault)
				counts[in.Fault] += t.countSteps(uint8(lost), func(w results.Window) bool { return w.Fault == in.Fault })
			}
		}
		for _, fault := range faults {
			all = append(all, sessionsFinding(Scope{Setup: setup, Fault: fault}, counts[fault], usual))
		}
	}
	return all
}

func sessionsFinding(scope Scope, lost, usual int) Finding {
	q := number(float64(lost), "count", "steps that met an expired session, from the fault to the next event", lost)
	switch {
	case lost > 0 && usual > 0:
		return finding("RES-004", Info, scope,
			fmt.Sprintf("%d steps met an expired session; so did %d while nothing was disturbed.", lost, usual)).with(q)
	case lost > 0:
		return finding("RES-004", Fail, scope,
			fmt.Sprintf("%d steps met an expired session: users were logged out.", lost)).with(q)
	}
	return finding("RES-004", Pass, scope, "No session was lost.").with(q)
}

// countSteps counts the steps of all tenants with an outcome, in windows of a kind.
func (t *trialData) countSteps(outcome uint8, in func(results.Window) bool) int {
	n := 0
	for i := range t.steps {
		if r := &t.steps[i]; r.outcome == outcome && r.window >= 0 && in(t.windows[r.window]) {
			n++
		}
	}
	return n
}
