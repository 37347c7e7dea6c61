package fault

import (
	"fmt"
	"slices"

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
	if !slices.ContainsFunc(r.Trials, func(t *run.Trial) bool { return len(t.Steps) > 0 }) {
		return nil // whole journeys alone do not show sessions
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		var faults []string
		counts, steps := map[string]int{}, map[string]int{}
		usual, calm := 0, 0
		for _, t := range r.TrialsOf(setup) {
			gone, all := countSteps(t, uint8(lost), func(w results.Window) bool { return run.Calm(w.Kind) })
			usual, calm = usual+gone, calm+all
			for _, in := range t.Injections {
				if in.InEffect == nil {
					continue // see VAL-003
				}
				faults = run.AppendNew(faults, in.Fault)
				gone, all := countSteps(t, uint8(lost), func(w results.Window) bool { return w.Fault == in.Fault })
				counts[in.Fault], steps[in.Fault] = counts[in.Fault]+gone, steps[in.Fault]+all
			}
		}
		for _, fault := range faults {
			all = append(all, sessionsFinding(finding.Scope{Setup: setup, Fault: fault}, expired{counts[fault], steps[fault]},
				expired{usual, calm}, r.Options.Level))
		}
	}
	return all
}

// expired are steps that met an expired session, of so many.
type expired struct{ lost, steps int }

// sessionsFinding compares a fault with calm windows: a target may end sessions by itself.
func sessionsFinding(scope finding.Scope, after, calm expired, level float64) finding.Finding {
	q := finding.Number(float64(after.lost), "count", "steps with an expired session, from the fault to the next event", after.steps)
	text := fmt.Sprintf("%s of %s with an expired session", finding.Count(after.lost), finding.Plural(after.steps, "step"))
	switch {
	case after.steps == 0:
		return finding.New("RES-004", finding.Inconclusive, scope, "No step of a user was recorded from the fault to the next event.")
	case after.lost == 0:
		return finding.New("RES-004", finding.Pass, scope, fmt.Sprintf("No session was lost in %s.",
			finding.Plural(after.steps, "step"))).With(q)
	case calm.lost == 0:
		return finding.New("RES-004", finding.Fail, scope, text+": users were logged out.").With(q)
	}
	text += fmt.Sprintf("; %s of %s in calm windows", finding.Count(calm.lost), finding.Count(calm.steps))
	// Given all of them, those after the fault are binomial if it ended none.
	share := float64(after.steps) / float64(after.steps+calm.steps)
	if lo, _ := clopperPearson(after.lost, after.lost+calm.lost, level); lo > share {
		return finding.New("RES-004", finding.Fail, scope, text+": users were logged out.").With(q)
	}
	return finding.New("RES-004", finding.Pass, scope, text+": no more than without the fault.").With(q)
}

// countSteps counts the steps of all tenants in some windows, and those with an outcome.
func countSteps(t *run.Trial, outcome uint8, in func(results.Window) bool) (of, all int) {
	for i := range t.Steps {
		if rec := &t.Steps[i]; rec.Window >= 0 && in(t.Windows[rec.Window]) {
			all++
			if rec.Outcome == outcome {
				of++
			}
		}
	}
	return of, all
}
