package plan

import (
	"fmt"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// checkObjectives refuses objectives on journeys that no abiding tenant offers, and slices
// that are longer than what is measured: nothing could be judged by them.
func checkObjectives(e *spec.Experiment, t Trial) file.Problems {
	var problems file.Problems
	offered := map[string]bool{} // by journey: whether an abiding tenant offers it
	for _, b := range t.Bursts {
		for _, l := range b.Expected {
			if l.Journey != "" {
				offered[l.Journey] = offered[l.Journey] || e.Tenants[l.Tenant] != results.Disruptive
			}
		}
	}
	const journeys = "spec.indicator.spec.thresholdMetric.metricSource.spec.journeys"
	for i, o := range e.Objectives {
		for k, journey := range o.Journeys {
			abiding, known := offered[journey]
			field := fmt.Sprintf("%s.%d", journeys, k)
			switch {
			case len(offered) == 0: // the scripts do not name their journeys
			case !known:
				problems = append(problems, e.ObjectiveProblem(i, field, "no scenario offers the journey "+journey,
					"the journeys are "+file.Known(offered)))
			case !abiding:
				problems = append(problems, e.ObjectiveProblem(i, field, "only disruptive tenants offer the journey "+journey,
					"objectives are judged on abiding tenants; let one offer it, or remove it"))
			}
		}
		if slice := time.Duration(o.Timeslice * float64(time.Second)); slice > t.Length-t.Warmup {
			problems = append(problems, e.ObjectiveProblem(i, "", fmt.Sprintf("a slice of %s is longer than the %s that are measured",
				slice, t.Length-t.Warmup), "shorten timeSliceWindow, or lengthen a scenario"))
		}
	}
	return problems
}

// leastOfP95 is the number of arrivals in a trial from which on the analyzer gives a P95.
const leastOfP95 = 40

// checkLadder refuses steps of a ladder that expect too few arrivals for a P95 in a trial:
// whether they keep their limit could never be decided.
func checkLadder(e *spec.Experiment, t Trial) file.Problems {
	if e.Ladder == nil {
		return nil
	}
	for _, b := range t.Bursts {
		step, ok := e.Ladder.Steps[b.Scenario]
		if !ok || e.OnlyDisruptive(b.Tenants) || len(b.Expected) == 0 {
			continue
		}
		expected := 0.0
		for _, l := range b.Expected {
			if e.Tenants[l.Tenant] != results.Disruptive {
				expected += float64(l.Planned)
			}
		}
		measured := (b.Duration - e.Ladder.Settle).Seconds()
		expected *= measured / b.Duration.Seconds()
		if expected <= 0 || expected >= leastOfP95 {
			continue
		}
		return file.Problems{e.Problem("ladder",
			fmt.Sprintf("the step at scale %g expects %.0f arrivals in a trial, and a P95 needs %d",
				step.Level, expected, leastOfP95), fmt.Sprintf("lengthen the scenario to %.0fs, or begin at a higher scale",
				e.Ladder.Settle.Seconds()+1.25*measured*leastOfP95/expected))}
	}
	return nil
}

// checkLimits refuses limits that no trial is long enough to break.
func checkLimits(e *spec.Experiment, t Trial) file.Problems {
	var problems file.Problems
	long := func(field string, limit time.Duration) {
		if limit >= t.Length {
			problems = append(problems, e.Problem(field,
				fmt.Sprintf("%s is not shorter than the trial of %s, so that it can never be broken",
					limit, t.Length), "shorten it, or lengthen a scenario"))
		}
	}
	if e.Halt != nil {
		long("halt.for", e.Halt.For)
	}
	if e.Promises != nil {
		long("promises.recovery", time.Duration(e.Promises.Recovery*float64(time.Second)))
		long("promises.alert", time.Duration(e.Promises.Alert*float64(time.Second)))
	}
	return problems
}
