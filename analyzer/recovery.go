package analyzer

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// How the marks of a recovery were found.
const (
	methodDetect  = "in effect to the end of the first bin outside the baseline band"
	methodRecover = "removed to the first bin from which at least three stay inside the baseline band"
	methodRobust  = "least share served within the band in a bin, from in effect to back"
	methodRapid   = "from the worst bin to the first that reaches the baseline's share, share a second"
	methodArea    = "baseline share served within the band less the share in each bin, from in effect to back"
)

// recoveries tells the story of every fault in every trial, and judges it.
func (d *dataset) recoveries() ([]RecoveryRow, []Finding) {
	var rows []RecoveryRow
	for _, t := range d.trials {
		usual, alarms := d.usual(t), t.alarms()
		for _, in := range t.Injections {
			row := d.recovery(t, in, usual)
			row.Alert, row.AlertName = alarms.alerted(in, d.horizon(t, in))
			rows = append(rows, row)
		}
	}
	var all []Finding
	for _, setup := range d.setups {
		all = append(all, d.recoveryFindings(setup, rows)...)
	}
	return rows, all
}

// recovery is the story of one fault in one trial.
func (d *dataset) recovery(t *trialData, in results.Injection, u usual) RecoveryRow {
	row := RecoveryRow{Setup: t.Setup, Trial: t.Name, Injection: in, Outcomes: map[results.Outcome]int{}}
	missing := func(why string) RecoveryRow {
		row.Detect = none("s", methodDetect, 0, why)
		row.Recover = none("s", methodRecover, 0, why)
		row.AreaLost = none("share·s", methodArea, 0, why)
		row.Robustness = none("share", methodRobust, 0, why)
		row.Rapidity = none("share/s", methodRapid, 0, why)
		return row
	}
	if in.InEffect == nil {
		return missing("never shown in effect")
	}
	from, removed, to := max(*in.InEffect, 0), t.end, d.horizon(t, in)
	if in.Removed != nil {
		removed = min(max(*in.Removed, 0), t.end)
	}
	hit := d.hitBy(in)
	d.count(t, &row, hit, from, max(to, removed))
	if u.n == 0 {
		return missing("no undisturbed window to compare with")
	}
	arrivals := d.arrivals(t, hit, u)
	width := resilience.BinWidth(u.rate * float64(len(hit)) / float64(max(d.countAbiding(), 1)))
	during := resilience.Cut(arrivals, from.Seconds(), max(to, removed).Seconds(), width)
	after := resilience.Cut(arrivals, removed.Seconds(), to.Seconds(), width)
	row.Affected = d.affected(t, u, from, max(to, removed), width)
	detect, back := resilience.Detect(during, u.band), resilience.Recover(after, u.band)
	row.Detect = detectFigure(detect, width)
	row.Recover = recoverFigure(detect, back, width, in.Removed != nil)
	lost := during
	if !back.Censored {
		end := removed.Seconds() + back.Seconds
		lost = slices.DeleteFunc(slices.Clone(during), func(b resilience.Bin) bool { return b.From >= end })
	}
	row.AreaLost = number(resilience.AreaLost(lost, u.share), "share·s", methodArea, offered(lost))
	row.Robustness = number(resilience.Robustness(lost), "share", methodRobust, offered(lost))
	row.Rapidity = rapidityFigure(during, u.share, detect)
	return row
}

func detectFigure(m resilience.Mark, width float64) Quantity {
	if m.Never {
		return none("s", methodDetect, 1, "service never left the baseline band")
	}
	return number(m.Seconds, "s", fmt.Sprintf("%s; bins of %g s", methodDetect, width), 1)
}

func recoverFigure(detect, back resilience.Mark, width float64, removed bool) Quantity {
	method := fmt.Sprintf("%s; bins of %g s", methodRecover, width)
	switch {
	case !removed:
		return none("s", method, 1, "the fault was never taken back")
	case detect.Never:
		return number(0, "s", method, 1, "service never left the baseline band")
	case back.Censored && back.Seconds <= 0:
		return none("s", method, 1, "the next event began as the fault was removed")
	}
	q := number(back.Seconds, "s", method, 1)
	q.Censored = back.Censored
	if back.Relapses > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("left the band again in %d single bins", back.Relapses))
	}
	return q
}

func rapidityFigure(during []resilience.Bin, share float64, detect resilience.Mark) Quantity {
	value := resilience.Rapidity(during, share)
	switch {
	case detect.Never:
		return none("share/s", methodRapid, 0, "service never left the baseline band")
	case finite(value) == nil:
		return none("share/s", methodRapid, offered(during), "the baseline's share was not reached again")
	}
	return number(value, "share/s", methodRapid, offered(during))
}

func offered(bins []resilience.Bin) int {
	n := 0
	for _, b := range bins {
		n += b.Offered
	}
	return n
}
