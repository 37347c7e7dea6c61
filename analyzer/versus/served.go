package versus

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
)

// The measures of a row.
const (
	measureLatency = "latency"
	measureServed  = "served"
)

// every is the journey of a row over all journeys.
const every = "*"

// servedRow compares the share served of all journeys in one window. It is false when a side
// has no arrivals there.
func servedRow(a, b measured, window string, paired bool, opts run.Options) (Row, bool) {
	la, lb := inWindow(a, window), inWindow(b, window)
	share, ok := level.Together(la, lb)
	if !ok {
		return Row{}, false
	}
	row := Row{Journey: every, Window: window, Measure: measureServed, Primary: window == calmWindow, Effect: "unknown"}
	var odds moderated.Estimate
	ea, eb := level.Odds(la, share), level.Odds(lb, share)
	if paired {
		var effects []effect.Effect
		for i := range ea {
			effects = append(effects, effect.Difference(ea[i], eb[i]))
		}
		odds = moderated.Of(effects, level.DefaultShare())
	} else {
		odds = moderated.Difference(moderated.Of(ea, level.DefaultShare()), moderated.Of(eb, level.DefaultShare()))
	}
	const method = "difference of the shares served, B less A; score variance widened for dependence; moderated t over trials"
	scale := share * (1 - share)
	lo, hi := odds.Interval(opts.Level)
	bound := func(odds float64) float64 { return min(1, max(-1, math.Log(odds)*scale)) }
	row.Shift = finding.Number(odds.Log*scale, "share", method, odds.N).Bounded(bound(lo), bound(hi), opts.Level)
	row.ValueA, row.ValueB = shareOf(la), shareOf(lb)
	row.Ratio, row.Detectable = finding.None("ratio", method, odds.N, "see the shift"), finding.None("ratio", method,
		odds.N, "see the shift")
	row.P = finding.None("", "two-sided", odds.N, "no estimate")
	row.p = odds.P(1)
	row.runs.N = odds.N
	return row, true
}

func shareOf(trials [][]float64) finding.Quantity {
	n, good := 0, 0
	for _, x := range trials {
		n, good = n+len(x), good+level.Served(x)
	}
	return finding.Number(float64(good)/float64(n), "share", "arrivals served of those offered", n)
}

// inWindow returns the arrivals of each trial in a window, over all journeys.
func inWindow(side measured, window string) [][]float64 {
	var all [][]float64
	for _, t := range side.trials {
		var x []float64
		for _, journey := range sharedJourneys(side, side) {
			x = append(x, t.latency[sideKey{journey, window}]...)
		}
		all = append(all, x)
	}
	return all
}

// judgeServed sets the verdict and the sentence of a row of shares.
func (r *Row) judgeServed(opts run.Options) {
	figure := fmt.Sprintf("Share served, %s: A %s, B %s", r.Window, finding.Share(r.ValueA.Value), finding.Share(r.ValueB.Value))
	significant := !r.P.Missing && r.P.Value <= 1-opts.Level
	switch {
	case !r.Primary:
		r.Verdict, r.Words = finding.Info, figure+"."
	case significant && r.Shift.Value < 0:
		r.Verdict, r.Words = finding.Fail, fmt.Sprintf("%s: B serves less, %s.", figure, finding.Probability(r.P.Value))
	case significant:
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%s: B serves more, %s.", figure, finding.Probability(r.P.Value))
	case r.ValueB.Value == 1 && atMostUnserved(r.ValueB.N, opts.Level) < servedMargin:
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%s: B served all %s arrivals.", figure, finding.Count(r.ValueB.N))
	case r.Shift.Lo != nil && *r.Shift.Lo > -servedMargin:
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%s: B serves no more than 1 point less.", figure)
	case r.ValueB.Value == 1:
		r.Verdict = finding.Inconclusive
		r.Words = fmt.Sprintf("%s: B served all of %s, which could be chance if it served 1 point less.", figure,
			finding.Plural(r.ValueB.N, "arrival"))
	default:
		r.Verdict, r.Words = finding.Inconclusive, figure+": undecided whether B serves less."
	}
}

// servedMargin is the difference of the shares served that is not material.
const servedMargin = 0.01

// atMostUnserved is the upper bound of the share not served when all of n arrivals were served:
// the exact one of Clopper and Pearson, one-sided.
func atMostUnserved(n int, level float64) float64 { return 1 - math.Pow(1-level, 1/float64(n)) }
