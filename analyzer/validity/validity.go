package validity

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Judge asks of the measurement what has to hold before any of its figures
// mean something.
func Judge(r *run.Run) []finding.Finding {
	var all []finding.Finding
	if len(r.Trials) == 0 {
		return []finding.Finding{finding.New("VAL-006", finding.Invalid, finding.Scope{}, "The run has no trial.")}
	}
	for _, t := range r.Trials {
		all = append(all, trialComplete(t)...)
		all = append(all, loadDelivered(t)...)
		all = append(all, generatorRoom(r, t)...)
		all = append(all, faultsShown(t)...)
		all = append(all, scriptErrors(r, t)...)
		all = append(all, probesRead(t)...)
	}
	for _, setup := range r.Setups {
		all = append(all, enoughData(r, setup)...)
		all = append(all, baselineSteady(r, setup)...)
	}
	return append(all, equalResources(r)...)
}

// trialComplete is VAL-005.
func trialComplete(t *run.Trial) []finding.Finding {
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	var all []finding.Finding
	if t.Failure != nil {
		all = append(all, finding.New("VAL-005", finding.Invalid, scope, "Its samples cannot be read: "+t.Failure.Error()+"."))
	}
	if t.Unread != nil {
		all = append(all, finding.New("VAL-005", finding.Invalid, scope, "Its writes cannot be read: "+t.Unread.Error()+"."))
	}
	why := ""
	if t.Reason != "" {
		why = ": " + t.Reason
	}
	seconds := fmt.Sprintf("%.0f of %.0f s were recorded and are judged.", t.End.Seconds(), t.Length.Seconds())
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
		all = append(all, finding.New("VAL-005", finding.Inconclusive, scope, "The harness ended before the trial did. "+seconds))
	}
	return all
}

// scriptErrors is VAL-009.
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
	q := finding.Number(share, "share", "journeys that the script itself broke off", all)
	text := fmt.Sprintf("%d of %d journeys ended in an error of the script.", errors, all)
	switch {
	case share > 0.01:
		return []finding.Finding{finding.New("VAL-009", finding.Invalid, scope, text).With(q)}
	case errors > 0:
		return []finding.Finding{finding.New("VAL-009", finding.Info, scope, text).With(q)}
	}
	return []finding.Finding{finding.New("VAL-009", finding.Pass, scope, text).With(q)}
}

// probesRead is VAL-010.
func probesRead(t *run.Trial) []finding.Finding {
	because := slices.Concat(t.Problems, noNumbers(t))
	if len(because) == 0 {
		return nil
	}
	return []finding.Finding{finding.New("VAL-010", finding.Info, finding.Scope{Setup: t.Setup, Trial: t.Name}, because...)}
}

// noNumbers says of each series how many of its readings are none.
func noNumbers(t *run.Trial) []string {
	if t.Dir == "" {
		return nil
	}
	count := map[string]int{}
	for p, err := range t.Points() {
		if err != nil {
			break
		}
		if !run.IsNumber(p.Value) {
			count[p.Series+" of "+p.Component]++
		}
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		all = append(all, fmt.Sprintf("%d readings of %s are no numbers and are left out.", count[name], name))
	}
	return all
}

// equalResources is VAL-007: setups are comparable when they have the same workers
// and CPU and something holds them to it.
func equalResources(r *run.Run) []finding.Finding {
	all := r.Results.Manifest.Setups
	if len(all) < 2 {
		return nil
	}
	var because []string
	for _, s := range all[1:] {
		if s.Workers != all[0].Workers {
			because = append(because, fmt.Sprintf("%s has %d workers, %s has %d.", all[0].Name, all[0].Workers, s.Name, s.Workers))
		}
		if s.CPU != all[0].CPU {
			because = append(because, fmt.Sprintf("%s has %g cores, %s has %g.", all[0].Name, all[0].CPU, s.Name, s.CPU))
		}
	}
	for _, s := range all {
		if !s.CPUEnforced {
			note := fmt.Sprintf("Nothing holds %s to its share of CPU", s.Name)
			if s.CPUNote != "" {
				note += ": " + s.CPUNote
			}
			because = append(because, note+".")
		}
	}
	if len(because) > 0 {
		return []finding.Finding{finding.New("VAL-007", finding.Info, finding.Scope{}, append(because, "Comparisons between setups carry this doubt.")...)}
	}
	return []finding.Finding{finding.New("VAL-007", finding.Pass, finding.Scope{},
		fmt.Sprintf("All have %d workers and %g cores, held by cgroups.", all[0].Workers, all[0].CPU))}
}
