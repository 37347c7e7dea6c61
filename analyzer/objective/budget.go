package objective

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// monthSeconds is the period of a monthly objective, 30 days.
const monthSeconds = 30 * 24 * 3600

const methodSpent = "bad events from the request of the fault to the next event"

// budgets computes what each fault spent of each error budget, from its request until the
// next event. The aftermath of the fault is part of it.
//
//	burn     bad share in that time / (1 - target)
//	minutes  bad share * length of that time, each time
//	month    burn * length / 30 days, each time, at the traffic of the run
func budgets(r *run.Run) []BudgetRow {
	var rows []BudgetRow
	for _, setup := range r.Setups {
		var faults []string
		for _, t := range r.TrialsOf(setup) {
			for _, w := range t.Windows {
				if w.Kind == results.WindowFault {
					faults = run.AppendNew(faults, w.Fault)
				}
			}
		}
		for _, o := range r.Results.Manifest.Objectives {
			for _, fault := range faults {
				rows = append(rows, budgetOf(r, setup, o, fault))
			}
		}
	}
	return rows
}

func budgetOf(r *run.Run, setup string, o results.Objective, fault string) BudgetRow {
	length, times := 0.0, 0
	for _, t := range r.TrialsOf(setup) {
		seen := false
		for _, w := range t.Windows {
			if w.Fault == fault {
				length += (w.To - w.From).Seconds()
				seen = true
			}
		}
		if seen {
			times++
		}
	}
	e := eventsOf(r, setup, o, run.Everyone, func(w results.Window) bool { return w.Fault == fault })
	good, all := e.total()
	row := BudgetRow{Setup: setup, Fault: fault, Objective: o.Name}
	if all == 0 {
		const why = "no arrival of the objective"
		row.Burn, row.Minutes, row.Month = finding.None("ratio", methodSpent, 0, why), finding.None("min", methodSpent, 0, why),
			finding.None("share", methodSpent, 0, why)
		return row
	}
	share, each := e.share(), length/float64(times)
	lo, hi := share.Interval(r.Options.Level)
	figure := func(unit, method string, n int, of func(bad float64) float64) finding.Quantity {
		return finding.Number(of(float64(all-good)/float64(all)), unit, method, n).Bounded(of(1-hi), of(1-lo), r.Options.Level)
	}
	burn := func(bad float64) float64 { return resilience.BurnRate(bad, o.Target) }
	row.Burn = figure("ratio", methodSpent+" over those that the target allows", all, burn)
	row.Minutes = figure("min", fmt.Sprintf("%s, share times %s", methodSpent, finding.Seconds(each)), times,
		func(bad float64) float64 { return bad * each / 60 })
	row.Month = figure("share", methodSpent+", of a 30-day budget at the traffic of this run", times,
		func(bad float64) float64 { return resilience.BudgetSpent(burn(bad), each, monthSeconds) })
	if row.Burn.Missing {
		row.Burn.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Month.Warnings = row.Burn.Warnings
	}
	return row
}
