package fault

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// How the figures of a recovery are measured, as reports print it.
const (
	methodDetect  = "in effect to the end of the first bin outside the baseline band"
	methodRecover = "removed to the first bin from which at least three stay inside the baseline band"
	methodRobust  = "least share served within the band in a bin, from in effect to back"
	methodRapid   = "share gained a second, from the worst bin to the first that reaches the share of the baseline"
	methodArea    = "baseline share served within the band less the share in each bin, from in effect to back"
)

// recoveryOf measures one fault in one trial.
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
		return missing("no proof of its effect")
	}
	from, removed, to := max(*in.InEffect, 0), t.End, horizon(t, in)
	if in.Removed != nil {
		removed = min(max(*in.Removed, 0), t.End)
	}
	hit := withinRadius(r, in)
	count(r, t, &row, hit, from, max(to, removed))
	if u.N == 0 {
		return missing("no calm window to compare with")
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
	return finding.Number(m.Seconds, "s", fmt.Sprintf("%s; bins of %s", methodDetect, finding.Seconds(width)), 1)
}

func recoverFigure(detect, back resilience.Mark, width float64, removed bool) finding.Quantity {
	method := fmt.Sprintf("%s; bins of %s", methodRecover, finding.Seconds(width))
	switch {
	case !removed:
		return finding.None("s", method, 1, "the fault was not reverted")
	case detect.Never:
		return finding.Number(0, "s", method, 1, "service never left the baseline band")
	case back.Censored && back.Seconds <= 0:
		return finding.None("s", method, 1, "the next event began when the fault was removed")
	}
	q := finding.Number(back.Seconds, "s", method, 1)
	q.Censored = back.Censored
	if back.Relapses > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("left the band again in %s", finding.Plural(back.Relapses, "single bin")))
	}
	return q
}

func rapidityFigure(during []resilience.Bin, share float64, detect resilience.Mark) finding.Quantity {
	value := resilience.Rapidity(during, share)
	switch {
	case detect.Never:
		return finding.None("share/s", methodRapid, 0, "service never left the baseline band")
	case finding.Finite(value) == nil:
		return finding.None("share/s", methodRapid, offered(during), "the share of the baseline was not reached again")
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
