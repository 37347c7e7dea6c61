package fault

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
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
func recoveries(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	for _, t := range r.Trials {
		usual, alarms := r.Usual(t), readAlarms(t)
		for _, in := range t.Injections {
			row := recoveryOf(r, t, in, usual)
			row.Alert, row.AlertName = alarms.alerted(in, horizon(t, in))
			rows = append(rows, row)
		}
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		all = append(all, recoveryFindings(r, setup, rows)...)
	}
	return rows, all
}

// recoveryOf is the story of one fault in one trial.
func recoveryOf(r *run.Run, t *run.Trial, in results.Injection, u run.Usual) Row {
	row := Row{Setup: t.Setup, Trial: t.Name, Injection: in, Outcomes: map[results.Outcome]int{}}
	missing := func(why string) Row {
		row.Detect = finding.None("s", methodDetect, 0, why)
		row.Recover = finding.None("s", methodRecover, 0, why)
		row.AreaLost = finding.None("share·s", methodArea, 0, why)
		row.Robustness = finding.None("share", methodRobust, 0, why)
		row.Rapidity = finding.None("share/s", methodRapid, 0, why)
		return row
	}
	if in.InEffect == nil {
		return missing("never shown in effect")
	}
	from, removed, to := max(*in.InEffect, 0), t.End, horizon(t, in)
	if in.Removed != nil {
		removed = min(max(*in.Removed, 0), t.End)
	}
	hit := hitBy(r, in)
	count(r, t, &row, hit, from, max(to, removed))
	if u.N == 0 {
		return missing("no undisturbed window to compare with")
	}
	arrivals := r.Arrivals(t, hit, u)
	width := resilience.BinWidth(u.Rate * float64(len(hit)) / float64(max(len(r.AbidingTenants()), 1)))
	during := resilience.Cut(arrivals, from.Seconds(), max(to, removed).Seconds(), width)
	after := resilience.Cut(arrivals, removed.Seconds(), to.Seconds(), width)
	row.Affected = affected(r, t, u, from, max(to, removed), width)
	detect, back := resilience.Detect(during, u.Band), resilience.Recover(after, u.Band)
	row.Detect = detectFigure(detect, width)
	row.Recover = recoverFigure(detect, back, width, in.Removed != nil)
	lost := during
	if !back.Censored {
		end := removed.Seconds() + back.Seconds
		lost = slices.DeleteFunc(slices.Clone(during), func(b resilience.Bin) bool { return b.From >= end })
	}
	row.AreaLost = finding.Number(resilience.AreaLost(lost, u.Share), "share·s", methodArea, offered(lost))
	row.Robustness = finding.Number(resilience.Robustness(lost), "share", methodRobust, offered(lost))
	row.Rapidity = rapidityFigure(during, u.Share, detect)
	return row
}

func detectFigure(m resilience.Mark, width float64) finding.Quantity {
	if m.Never {
		return finding.None("s", methodDetect, 1, "service never left the baseline band")
	}
	return finding.Number(m.Seconds, "s", fmt.Sprintf("%s; bins of %g s", methodDetect, width), 1)
}

func recoverFigure(detect, back resilience.Mark, width float64, removed bool) finding.Quantity {
	method := fmt.Sprintf("%s; bins of %g s", methodRecover, width)
	switch {
	case !removed:
		return finding.None("s", method, 1, "the fault was never taken back")
	case detect.Never:
		return finding.Number(0, "s", method, 1, "service never left the baseline band")
	case back.Censored && back.Seconds <= 0:
		return finding.None("s", method, 1, "the next event began as the fault was removed")
	}
	q := finding.Number(back.Seconds, "s", method, 1)
	q.Censored = back.Censored
	if back.Relapses > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("left the band again in %d single bins", back.Relapses))
	}
	return q
}

func rapidityFigure(during []resilience.Bin, share float64, detect resilience.Mark) finding.Quantity {
	value := resilience.Rapidity(during, share)
	switch {
	case detect.Never:
		return finding.None("share/s", methodRapid, 0, "service never left the baseline band")
	case finding.Finite(value) == nil:
		return finding.None("share/s", methodRapid, offered(during), "the baseline's share was not reached again")
	}
	return finding.Number(value, "share/s", methodRapid, offered(during))
}

func offered(bins []resilience.Bin) int {
	n := 0
	for _, b := range bins {
		n += b.Offered
	}
	return n
}
