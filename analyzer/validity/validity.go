package validity

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Judge judges the measurement of each trial, of each setup, and of all setups together.
func Judge(r *run.Run) []finding.Finding {
	var all []finding.Finding
	if len(r.Trials) == 0 {
		return []finding.Finding{finding.New("VAL-006", finding.Invalid, finding.Scope{}, "The run has no trial.")}
	}
	for _, t := range slices.Concat(r.Trials, r.Twins) {
		all = append(all, trialComplete(t)...)
		all = append(all, setupKnown(r, t)...)
		all = append(all, loadDelivered(t)...)
		all = append(all, generatorRoom(t)...)
		all = append(all, faultsShown(t)...)
		all = append(all, scriptErrors(r, t)...)
		all = append(all, probesRead(t)...)
		all = append(all, rowsSound(t)...)
		all = append(all, oneClock(t)...)
	}
	all = append(all, planComplete(r)...)
	all = append(all, copies(r)...)
	for _, setup := range r.Setups {
		all = append(all, enoughData(r, setup)...)
		all = append(all, baselineSteady(r, setup)...)
	}
	return append(all, equalResources(r)...)
}

// trialComplete is VAL-005: the trial ran to its end and its rows can be read.
func trialComplete(t *run.Trial) []finding.Finding {
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	var all []finding.Finding
	if t.Failure != nil {
		all = append(all, finding.New("VAL-005", finding.Invalid, scope, "The samples cannot be read: "+t.Failure.Error()+"."))
	}
	if t.Unread != nil {
		all = append(all, finding.New("VAL-005", finding.Invalid, scope, "The writes cannot be read: "+t.Unread.Error()+"."))
	}
	why := ""
	if t.Reason != "" {
		why = ": " + t.Reason
	}
	seconds := fmt.Sprintf("%s of %s were recorded and are judged.", finding.Seconds(t.End.Seconds()),
		finding.Seconds(t.Length.Seconds()))
	switch t.State {
	case results.TrialComplete:
		if len(all) == 0 {
			all = append(all, finding.New("VAL-005", finding.Pass, scope, "It ran to its end."))
		}
	case results.TrialFailed:
		all = append(all, finding.New("VAL-005", finding.Invalid, scope, "It could not run"+why+"."))
	case results.TrialHalted:
		all = append(all, finding.New("VAL-005", finding.Inconclusive, scope, "It was halted"+why+". "+seconds))
	default:
		all = append(all, finding.New("VAL-005", finding.Inconclusive, scope, "The harness ended before the trial. "+seconds))
	}
	return all
}

// setupKnown is VAL-005 for a trial of a setup that the manifest does not have: nobody knows
// its tenants and their roles.
func setupKnown(r *run.Run, t *run.Trial) []finding.Finding {
	all := r.Results.Manifest.Setups
	if len(all) == 0 || slices.ContainsFunc(all, func(s results.Setup) bool { return s.Name == t.Setup }) {
		return nil
	}
	f := finding.New("VAL-005", finding.Inconclusive, finding.Scope{Setup: t.Setup, Trial: t.Name},
		fmt.Sprintf("manifest.json has no setup %s.", t.Setup))
	f.Remedy = damaged
	return []finding.Finding{f}
}

// scriptErrors is VAL-009: at most 1 % of the journeys ended in an error of the script.
func scriptErrors(r *run.Run, t *run.Trial) []finding.Finding {
	errors, all := 0, len(t.Journeys)
	for i := range t.Journeys {
		if r.Outcomes.List[t.Journeys[i].Outcome] == string(results.ScriptError) {
			errors++
		}
	}
	if all == 0 {
		return nil
	}
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	share := float64(errors) / float64(all)
	q := finding.Number(share, "share", "journeys that ended in an error of the script", all)
	text := fmt.Sprintf("%s of %s ended in an error of the script.", finding.Count(errors), finding.Plural(all, "journey"))
	switch {
	case share > 0.01:
		return []finding.Finding{finding.New("VAL-009", finding.Invalid, scope, text).With(q)}
	case errors > 0:
		return []finding.Finding{finding.New("VAL-009", finding.Info, scope, text).With(q)}
	}
	return []finding.Finding{finding.New("VAL-009", finding.Pass, scope, text).With(q)}
}

// probesRead is VAL-010: the problems of the telemetry probes, if there are any.
func probesRead(t *run.Trial) []finding.Finding {
	because := slices.Concat(t.Problems, noNumbers(t))
	if len(because) == 0 {
		return nil
	}
	return []finding.Finding{finding.New("VAL-010", finding.Info, finding.Scope{Setup: t.Setup, Trial: t.Name}, because...)}
}

// noNumbers counts the NaN and infinite readings of each series.
func noNumbers(t *run.Trial) []string {
	if t.Dir == "" {
		return nil
	}
	bad := map[string]int{}
	for p, err := range t.Points() {
		if err != nil {
			break
		}
		if !run.IsNumber(p.Value) {
			bad[p.Series+" of "+p.Component]++
		}
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		all = append(all, fmt.Sprintf("%s of %s not finite, left out.", finding.Plural(bad[name], "reading"), name))
	}
	return all
}

// equalResources is VAL-007: all setups have the same workers and CPU, and cgroups enforce
// the CPU.
func equalResources(r *run.Run) []finding.Finding {
	all := r.Results.Manifest.Setups
	if len(all) < 2 {
		return nil
	}
	var because []string
	for _, s := range all[1:] {
		if s.Workers != all[0].Workers {
			because = append(because, fmt.Sprintf("%s has %s, %s has %d.", all[0].Name, finding.Plural(all[0].Workers, "worker"),
				s.Name, s.Workers))
		}
		if s.CPU != all[0].CPU {
			because = append(because, fmt.Sprintf("%s has %s cores, %s has %s.", all[0].Name, finding.Decimal(all[0].CPU), s.Name,
				finding.Decimal(s.CPU)))
		}
	}
	for _, s := range all {
		if !s.CPUEnforced {
			note := fmt.Sprintf("The CPU limit of %s is not enforced", s.Name)
			if s.CPUNote != "" {
				note += ": " + s.CPUNote
			}
			because = append(because, note+".")
		}
	}
	if len(because) > 0 {
		because = append(because, "Comparisons between setups may reflect this difference.")
		return []finding.Finding{finding.New("VAL-007", finding.Info, finding.Scope{}, because...)}
	}
	return []finding.Finding{finding.New("VAL-007", finding.Pass, finding.Scope{},
		fmt.Sprintf("Each has %s and %s cores, enforced by cgroups.", finding.Plural(all[0].Workers, "worker"),
			finding.Decimal(all[0].CPU)))}
}
