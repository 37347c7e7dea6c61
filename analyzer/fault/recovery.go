package fault

import (
	"fmt"
	"math"
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
	if end := in.End(); end != nil {
		removed = min(max(*end, 0), t.End)
	}
	hit := withinRadius(r, in)
	count(r, t, &row, hit, from, max(to, removed))
	if u.N == 0 {
		return missing("no calm window to compare with")
	}
	arrivals := r.Arrivals(t, hit, u)
	ref := referenceOf(r, t, u, hit, from, max(to, removed))
	width := resilience.BinWidth(u.Rate * float64(len(hit)) / float64(max(len(r.AbidingTenants()), 1)))
	raw := resilience.Cut(arrivals, from.Seconds(), max(to, removed).Seconds(), width)
	during := resilience.Merge(raw, ref.least)
	after := resilience.Merge(resilience.Cut(arrivals, removed.Seconds(), to.Seconds(), width), ref.least)
	row.Affected = affected(r, t, u, ref, from, max(to, removed), width)
	w := watched{ref: ref, detect: resilience.Detect(during, ref.judge), back: resilience.Recover(after, ref.judge), during: during,
		after: after, width: width, removed: removed.Seconds(), until: to.Seconds(), limit: r.Options.MaxRecovery,
		offered: offered(resilience.Cut(arrivals, removed.Seconds(), to.Seconds(), width))}
	row.Detect = w.detectFigure()
	row.Recover = w.recoverFigure(in.End() != nil)
	lost := raw
	if !row.Recover.Missing && !w.back.Censored {
		end := removed.Seconds() + row.Recover.Value
		lost = slices.DeleteFunc(slices.Clone(raw), func(b resilience.Bin) bool { return b.From >= end })
	}
	row.AreaLost = finding.Number(resilience.AreaLost(lost, ref.share), "share·s", methodArea, offered(lost))
	row.Robustness = finding.Number(resilience.Robustness(lost), "share", methodRobust, offered(lost))
	row.Rapidity = rapidityFigure(raw, ref.share, w.detect)
	return row
}

// watched is what was seen of a fault in one trial. Times are in s.
type watched struct {
	ref            reference
	detect, back   resilience.Mark
	during, after  []resilience.Bin // each with arrivals enough to show an outage
	width          float64          // of a bin before it is widened
	removed, until float64          // the end of the effect, and of the time in which recovery can be seen
	limit          float64
	offered        int // arrivals in that time
}

func (w watched) method(text string, bins []resilience.Bin) string {
	text = fmt.Sprintf("%s; bins of %s", text, finding.Seconds(w.width))
	for _, b := range bins {
		if b.Width > 1.5*w.width {
			text += fmt.Sprintf(", widened to %s each", finding.Plural(w.ref.least, "arrival"))
			break
		}
	}
	if w.ref.words != "" {
		text += "; compared with " + w.ref.words
	}
	return text
}

func (w watched) detectFigure() finding.Quantity {
	method := w.method(methodDetect, w.during)
	switch {
	case len(w.during) == 0:
		return finding.None("s", methodDetect, 1, "too few arrivals to show an outage")
	case w.detect.Never:
		return finding.None("s", methodDetect, 1, "service never left the baseline band")
	}
	return finding.Number(w.detect.Seconds, "s", method, 1)
}

// recoverFigure is the time to recover, as far as the arrivals can show it: a complete outage
// of the length of the limit would have left the band.
func (w watched) recoverFigure(ended bool) finding.Quantity {
	method := w.method(methodRecover, w.after)
	switch {
	case !ended:
		return finding.None("s", method, 1, "the fault was not reverted")
	case w.until <= w.removed:
		return finding.None("s", method, 1, "the next event began when the fault was removed")
	}
	if q, sure := w.stillOut(method); sure {
		return q
	}
	if why := w.unseen(); why != "" {
		return finding.None("s", method, 1, why)
	}
	if w.detect.Never {
		return finding.Number(0, "s", method, 1, "service never left the baseline band")
	}
	q := finding.Number(w.back.Seconds, "s", method, 1)
	q.Censored = w.back.Censored
	if w.ref.blind && (q.Censored || q.Value > w.limit) {
		return finding.None("s", method, 1, fmt.Sprintf("the load was %s that of the baseline, and no calm stretch had this load: "+
			"the peak may have caused it (`twin: true` separates them)", finding.Ratio(w.ref.load)))
	}
	if w.back.Relapses > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("left the band again in %s", finding.Plural(w.back.Relapses, "single bin")))
	}
	return q
}

// stillOut reports a service that was out of the band until the end of what was seen. That
// needs fewer bins than a recovery. It is false when the load may be the cause.
func (w watched) stillOut(method string) (finding.Quantity, bool) {
	if len(w.after) == 0 || w.ref.blind {
		return finding.Quantity{}, false
	}
	last := w.after[len(w.after)-1]
	seen := last.LastMiss - w.removed
	if len(w.after) >= resilience.Holds || !w.ref.judge.Outside(last) || seen < w.limit {
		return finding.Quantity{}, false
	}
	q := finding.Number(w.until-w.removed, "s", method, 1)
	q.Censored = true
	return q, true
}

// unseen gives the reason why the time to recover cannot be determined, empty when it can: three bins
// that can show an outage are needed, the first of them no longer than the limit.
func (w watched) unseen() string {
	gap := w.until - w.removed
	const few = "%s in the %s until the next event cannot show an outage: "
	short := fmt.Sprintf(few, finding.Plural(w.offered, "arrival"), finding.Seconds(gap))
	if len(w.after) >= resilience.Holds {
		if first := w.after[0]; first.Width > w.limit {
			return fmt.Sprintf("%s in the first %s cannot show an outage of %s", finding.Plural(first.Offered, "arrival"),
				finding.Seconds(first.Width), finding.Seconds(w.limit))
		}
		if lead := w.after[0].LeadMiss - w.removed; lead > w.limit && w.detect.Never {
			return fmt.Sprintf("the first arrivals of the %s after it were not served, too few to exclude chance", finding.Seconds(lead))
		}
		return ""
	}
	if w.offered == 0 {
		return short + "none came"
	}
	need := math.Ceil(NeededGap(float64(w.offered)/gap, w.width, w.ref.least))
	return short + fmt.Sprintf("a gap of about %s would be needed", finding.Seconds(need))
}

// NeededGap is the time in s after a fault in which so many arrivals a second show a
// recovery: three bins, each with arrivals enough to show an outage. One arrival more than
// needed is expected in each, since they come at random.
func NeededGap(perSecond, width float64, least int) float64 {
	return resilience.Holds * max(width, float64(least+1)/perSecond)
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
