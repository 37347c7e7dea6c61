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
	bad, all, length, times := 0, 0, 0.0, 0
	for _, t := range r.TrialsOf(setup) {
		in := make([]bool, len(t.Windows))
		seen := false
		for i, w := range t.Windows {
			in[i] = w.Fault == fault
			if in[i] {
				length += (w.To - w.From).Seconds()
				seen = true
			}
		}
		if seen {
			times++
		}
		eachEvent(r, t, o, run.Everyone, func(rec *run.Record) {
			if in[rec.Window] {
				all++
				if !good(rec, o) {
					bad++
				}
			}
		})
	}
	row := BudgetRow{Setup: setup, Fault: fault, Objective: o.Name}
	const method = "bad events from the request of the fault to the next event"
	if all == 0 {
		row.Burn = finding.None("ratio", method, 0, "no arrival of the objective")
		row.Minutes, row.Month = finding.None("min", method, 0, row.Burn.Warnings[0]), finding.None("share", method, 0,
			row.Burn.Warnings[0])
		return row
	}
	share, each := float64(bad)/float64(all), length/float64(times)
	burn := resilience.BurnRate(share, o.Target)
	row.Burn = finding.Number(burn, "ratio", method+" over those that the target allows", all)
	row.Minutes = finding.Number(share*each/60, "min", fmt.Sprintf("%s, share times %s", method, finding.Seconds(each)), times)
	row.Month = finding.Number(resilience.BudgetSpent(burn, each, monthSeconds), "share",
		method+", of a 30-day budget at the traffic of this run", times)
	if row.Burn.Missing {
		row.Burn.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Month.Warnings = row.Burn.Warnings
	}
	return row
}
