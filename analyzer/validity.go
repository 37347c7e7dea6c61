package analyzer

import (
	"fmt"
	"slices"

	"example.org/odooharness/results"
)

// validity asks of the measurement what has to hold before any of its figures
// mean something.
func (d *dataset) validity() []Finding {
	var all []Finding
	if len(d.trials) == 0 {
		return []Finding{finding("VAL-006", Invalid, Scope{}, "The run has no trial.")}
	}
	for _, t := range d.trials {
		all = append(all, d.trialComplete(t)...)
		all = append(all, d.loadDelivered(t)...)
		all = append(all, d.generatorRoom(t)...)
		all = append(all, faultsShown(t)...)
		all = append(all, d.scriptErrors(t)...)
		all = append(all, probesRead(t)...)
	}
	for _, setup := range d.setups {
		all = append(all, d.enoughData(setup)...)
		all = append(all, d.baselineSteady(setup)...)
	}
	return append(all, d.equalResources()...)
}

// trialComplete is VAL-005.
func (d *dataset) trialComplete(t *trialData) []Finding {
	scope := Scope{Setup: t.Setup, Trial: t.Name}
	var all []Finding
	if t.failure != nil {
		all = append(all, finding("VAL-005", Invalid, scope, "Its samples cannot be read: "+t.failure.Error()+"."))
	}
	if t.unread != nil {
		all = append(all, finding("VAL-005", Invalid, scope, "Its writes cannot be read: "+t.unread.Error()+"."))
	}
	why := ""
	if t.Reason != "" {
		why = ": " + t.Reason
	}
	seconds := fmt.Sprintf("%.0f of %.0f s were recorded and are judged.", t.end.Seconds(), t.Length.Seconds())
	switch t.State {
	case results.TrialComplete:
		if len(all) == 0 {
			all = append(all, finding("VAL-005", Pass, scope, "It ran to its end."))
		}
	case results.TrialFailed:
		all = append(all, finding("VAL-005", Invalid, scope, "It could not run"+why+"."))
	case results.TrialHalted:
		all = append(all, finding("VAL-005", Inconclusive, scope, "It was halted"+why+". "+seconds))
	default:
		all = append(all, finding("VAL-005", Inconclusive, scope, "The harness ended before the trial did. "+seconds))
	}
	return all
}

// scriptErrors is VAL-009.
func (d *dataset) scriptErrors(t *trialData) []Finding {
	errors, all := 0, len(t.journeys)
	for i := range t.journeys {
		if d.outcomes.list[t.journeys[i].outcome] == string(results.ScriptError) {
			errors++
		}
	}
	if all == 0 {
		return nil
	}
	scope := Scope{Setup: t.Setup, Trial: t.Name}
	share := float64(errors) / float64(all)
	q := number(share, "share", "journeys that the script itself broke off", all)
	text := fmt.Sprintf("%d of %d journeys ended in an error of the script.", errors, all)
	switch {
	case share > 0.01:
		return []Finding{finding("VAL-009", Invalid, scope, text).with(q)}
	case errors > 0:
		return []Finding{finding("VAL-009", Info, scope, text).with(q)}
	}
	return []Finding{finding("VAL-009", Pass, scope, text).with(q)}
}

// probesRead is VAL-010.
func probesRead(t *trialData) []Finding {
	because := slices.Concat(t.Problems, t.noNumbers())
	if len(because) == 0 {
		return nil
	}
	return []Finding{finding("VAL-010", Info, Scope{Setup: t.Setup, Trial: t.Name}, because...)}
}

// equalResources is VAL-007: setups are comparable when they have the same workers
// and CPU and something holds them to it.
func (d *dataset) equalResources() []Finding {
	all := d.run.Manifest.Setups
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
		return []Finding{finding("VAL-007", Info, Scope{}, append(because, "Comparisons between setups carry this doubt.")...)}
	}
	return []Finding{finding("VAL-007", Pass, Scope{},
		fmt.Sprintf("All have %d workers and %g cores, held by cgroups.", all[0].Workers, all[0].CPU))}
}
