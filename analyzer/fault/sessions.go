package fault

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// sessions is RES-004: the faults of a setup logged no user out.
func sessions(r *run.Run) []finding.Finding {
	lost, known := r.Outcomes.Index[string(results.SessionLost)]
	if !known {
		return nil
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		var faults []string
		counts, usual := map[string]int{}, 0
		for _, t := range r.TrialsOf(setup) {
			usual += countSteps(t, uint8(lost), func(w results.Window) bool { return run.Calm(w.Kind) })
			for _, in := range t.Injections {
				if in.InEffect == nil {
					continue // see VAL-003
				}
				faults = run.AppendNew(faults, in.Fault)
				counts[in.Fault] += countSteps(t, uint8(lost), func(w results.Window) bool { return w.Fault == in.Fault })
			}
		}
		for _, fault := range faults {
			all = append(all, sessionsFinding(finding.Scope{Setup: setup, Fault: fault}, counts[fault], usual))
		}
	}
	return all
}

func sessionsFinding(scope finding.Scope, lost, usual int) finding.Finding {
	q := finding.Number(float64(lost), "count", "steps with an expired session, from the fault to the next event", lost)
	steps := finding.Plural(lost, "step")
	switch {
	case lost > 0 && usual > 0:
		return finding.New("RES-004", finding.Info, scope,
			fmt.Sprintf("%s with an expired session; %s in calm windows.", steps, finding.Count(usual))).With(q)
	case lost > 0:
		return finding.New("RES-004", finding.Fail, scope,
			steps+" with an expired session: users were logged out.").With(q)
	}
	return finding.New("RES-004", finding.Pass, scope, "No session was lost.").With(q)
}

// countSteps counts the steps of all tenants with an outcome, in some windows.
func countSteps(t *run.Trial, outcome uint8, in func(results.Window) bool) int {
	n := 0
	for i := range t.Steps {
		if rec := &t.Steps[i]; rec.Outcome == outcome && rec.Window >= 0 && in(t.Windows[rec.Window]) {
			n++
		}
	}
	return n
}
