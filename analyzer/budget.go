package analyzer

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// monthSeconds is the period of a monthly objective, 30 days.
const monthSeconds = 30 * 24 * 3600

// budgets says what every fault spent of every objective's error budget: from its
// request until the next event, so that its aftermath is in it.
//
//	burn     bad share in that time / (1 - target)
//	minutes  bad share * its length: of complete outage, each time
//	month    burn * length / 30 days: of a month's budget, each time, when the
//	         traffic of the whole month is like that of the run
func (d *dataset) budgets() []BudgetRow {
	var rows []BudgetRow
	for _, setup := range d.setups {
		var faults []string
		for _, t := range d.of(setup) {
			for _, w := range t.windows {
				if w.Kind == results.WindowFault {
					faults = appendNew(faults, w.Fault)
				}
			}
		}
		for _, o := range d.run.Manifest.Objectives {
			for _, fault := range faults {
				rows = append(rows, d.budget(setup, o, fault))
			}
		}
	}
	return rows
}

func (d *dataset) budget(setup string, o results.Objective, fault string) BudgetRow {
	bad, all, length, times := 0, 0, 0.0, 0
	for _, t := range d.of(setup) {
		in := make([]bool, len(t.windows))
		seen := false
		for i, w := range t.windows {
			in[i] = w.Fault == fault
			if in[i] {
				length += (w.To - w.From).Seconds()
				seen = true
			}
		}
		if seen {
			times++
		}
		d.eachEvent(t, o, everyone, func(r *record) {
			if in[r.window] {
				all++
				if !good(r, o) {
					bad++
				}
			}
		})
	}
	row := BudgetRow{Setup: setup, Fault: fault, Objective: o.Name}
	const method = "bad events from the fault's request to the next event"
	if all == 0 {
		row.Burn = none("ratio", method, 0, "no arrival that the objective is about")
		row.Minutes, row.Month = none("min", method, 0, row.Burn.Warnings[0]), none("share", method, 0, row.Burn.Warnings[0])
		return row
	}
	share, each := float64(bad)/float64(all), length/float64(times)
	burn := resilience.BurnRate(share, o.Target)
	row.Burn = number(burn, "ratio", method+" over those that the target allows", all)
	row.Minutes = number(share*each/60, "min", method+fmt.Sprintf(", share times %.0f s", each), times)
	row.Month = number(resilience.BudgetSpent(burn, each, monthSeconds), "share",
		method+", of 30 days' budget at the traffic of this run", times)
	if row.Burn.Missing {
		row.Burn.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Month.Warnings = row.Burn.Warnings
	}
	return row
}
