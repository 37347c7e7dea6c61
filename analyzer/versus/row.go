package versus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
	"example.org/odooharness/analyzer/stats/quantile"
)

// unservedPercentile is the reason for a percentile that a trial does not have.
const unservedPercentile = "too many arrivals of a trial were not served"

// shiftRounds is the number of resamples behind the band of a shift curve.
const shiftRounds = 400

// curvePoints returns the quantiles of a shift curve.
func curvePoints() []float64 { return []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95} }

// rowOf compares one journey in one window. It is false when a side has none of it. The
// percentile is the highest with enough arrivals in every trial.
func rowOf(a, b measured, journey, window string, paired bool, opts run.Options, random *rand.Rand) (Row, bool) {
	key := sideKey{journey, window}
	la, lb := latencies(a, key), latencies(b, key)
	if la == nil || lb == nil {
		return Row{}, false
	}
	at, enough := highestFor(slices.Concat(la, lb))
	row := Row{Journey: journey, Window: window, Measure: measureLatency, Primary: window == calmWindow,
		Quantile: run.LevelNames()[at]}
	va, vb := perTrial(la, at), perTrial(lb, at)
	// The ratio of the two figures is the ratio of the row.
	const method = "type 8 percentile of each trial, geometric mean over the trials"
	row.ValueA = finding.Number(stat.GeometricMean(va, nil), "s", method, len(va))
	row.ValueB = finding.Number(stat.GeometricMean(vb, nil), "s", method, len(vb))
	for _, q := range []*finding.Quantity{&row.ValueA, &row.ValueB} {
		if q.Missing && q.N > 0 {
			q.Warnings = []string{unservedPercentile}
		}
	}
	row.P = finding.None("", "two-sided", 0, "too few trials")
	row.p = math.NaN()
	if !enough {
		row.refuse(fmt.Sprintf("a trial has too few %s in %s for a median", journey, window))
		return row, true
	}
	e := together(la, lb, run.Levels()[at], paired)
	row.runs = runsOf(e, opts.Level)
	row.p = row.runs.P
	ratio := compare.Bounded{Value: row.runs.Value, Lo: row.runs.Lo, Hi: row.runs.Hi}
	row.Ratio = finding.RatioOf(ratio, row.runs.N, opts.Level, row.runs.Method)
	if math.IsInf(e.Log, -1) {
		row.Ratio = finding.None("ratio", row.runs.Method, e.N, unservedPercentile)
	}
	switch {
	case row.Ratio.Missing && row.runs.Why == "":
		row.Ratio.Warnings = []string{unservedPercentile}
	case row.Ratio.Missing:
		row.Ratio.Warnings = []string{row.runs.Why}
	case row.runs.Why != "":
		row.Ratio.Warnings = append(row.Ratio.Warnings, row.runs.Why)
	}
	row.Shift = shiftFigure(va, vb, paired, opts.Level)
	row.Detectable = detectableFigure(e, opts.Level)
	row.Effect = "unknown"
	if len(va) > 1 && len(vb) > 1 {
		row.Effect = compare.EffectWords(compare.A12(va, vb))
	}
	row.curve(la, lb, opts, random)
	return row, true
}

// refuse leaves out every figure of a row, with the reason.
func (r *Row) refuse(why string) {
	r.Ratio, r.Shift = finding.None("ratio", "refused", 0, why), finding.None("s", "refused", 0, why)
	r.Detectable = finding.None("ratio", "refused", 0, why)
	r.Effect = "unknown"
}

// latencies returns those of each trial, nil when no trial has any.
func latencies(side measured, key sideKey) (all [][]float64) {
	some := false
	for _, t := range side.trials {
		all = append(all, t.latency[key])
		some = some || len(t.latency[key]) > 0
	}
	if !some {
		return nil
	}
	return all
}

// highestFor returns the highest percentile that every trial has enough arrivals for. It is
// false when they are too few for a median.
func highestFor(trials [][]float64) (at int, enough bool) {
	least := math.MaxInt
	for _, x := range trials {
		least = min(least, len(x))
	}
	for _, at := range []int{run.P95, run.P90, run.P50} {
		if least >= effect.Need(run.Levels()[at]) {
			return at, true
		}
	}
	return run.P50, false
}

// together puts the trials of two sides together, by pairs or by the levels of the sides.
// The same rule holds for every number of trials.
func together(a, b [][]float64, p float64, paired bool) moderated.Estimate {
	prior, one := moderated.Default(), []float64{1}
	blocks := func(x []float64) []effect.Condition { return []effect.Condition{effect.Of(x)} }
	if paired {
		var effects []effect.Effect
		for i := range a {
			effects = append(effects, effect.Across(blocks(a[i]), blocks(b[i]), one, p))
		}
		return moderated.Of(effects, prior)
	}
	levels := func(side [][]float64) moderated.Estimate {
		var effects []effect.Effect
		for _, x := range side {
			effects = append(effects, effect.Single(blocks(x), one, p))
		}
		return moderated.Of(effects, prior)
	}
	return moderated.Difference(levels(a), levels(b))
}

// runsOf is an estimate as the ratio of a row.
func runsOf(e moderated.Estimate, level float64) compare.Ratio {
	lo, hi := e.Interval(level)
	r := compare.Ratio{Value: e.Ratio(), Lo: lo, Hi: hi, N: e.N, Level: level, P: e.P(1), Decides: e.Known(), Why: e.Why,
		Method: "ratio of percentiles (type 8), geometric mean over trials; moderated t, " + e.Prior.String()}
	if e.Known() {
		r.Why = ""
	}
	return r
}

// perTrial returns the percentile of each trial: +Inf among unserved arrivals, NaN without
// arrivals.
func perTrial(trials [][]float64, at int) []float64 {
	out := make([]float64, len(trials))
	for i, x := range trials {
		sorted := slices.Clone(x)
		slices.Sort(sorted)
		out[i] = quantile.Interpolated(sorted, run.Levels()[at], quantile.Type8)
	}
	return out
}

// shiftFigure returns the Hodges-Lehmann shift in s.
func shiftFigure(a, b []float64, paired bool, level float64) finding.Quantity {
	for _, v := range slices.Concat(a, b) {
		if finding.Finite(v) == nil {
			return finding.None("s", "Hodges-Lehmann shift", 0, unservedPercentile)
		}
	}
	if !paired {
		s := compare.UnpairedShift(b, a, level)
		const method = "Hodges-Lehmann shift of the trials, Mann-Whitney interval"
		return finding.Number(s.Value, "s", method, min(len(a), len(b))).Bounded(s.Lo, s.Hi, s.Achieved)
	}
	d := make([]float64, len(a))
	for i := range d {
		d[i] = b[i] - a[i]
	}
	s := compare.SignedRankShift(d, level)
	return finding.Number(s.Value, "s", "Hodges-Lehmann shift of the pairs, signed-rank interval", len(d)).Bounded(s.Lo, s.Hi,
		s.Achieved)
}

// detectableFigure returns the least ratio that as many trials detect with a power of 0.8.
func detectableFigure(e moderated.Estimate, level float64) finding.Quantity {
	const method = "least ratio that as many trials detect with a power of 0.8"
	if !e.Known() || math.IsInf(e.Log, 0) {
		return finding.None("ratio", method, e.N, unservedPercentile)
	}
	d := power.Design{Within: e.SE * e.SE * float64(e.N), AtMost: e.N, Alpha: 1 - level, Fixed: true,
		Prior: moderated.Prior{DF: e.DF - float64(e.N) + 1}}
	return finding.Number(d.Least(0.8), "ratio", method, e.N)
}

// curve adds the shift at each quantile, and the side that it favours.
func (r *Row) curve(a, b [][]float64, opts run.Options, random *rand.Rand) {
	if len(a) < 2 || len(b) < 2 {
		return
	}
	all := compare.ShiftCurve(a, b, curvePoints(), opts.Level, shiftRounds, random)
	for _, s := range all {
		if finding.Finite(s.Value) == nil || finding.Finite(s.Lo) == nil || finding.Finite(s.Hi) == nil {
			return // a quantile among unserved arrivals
		}
	}
	r.Curve = all
	side, crossing := compare.Dominance(all)
	switch side {
	case "A":
		r.Dominance = "A is faster at every quantile"
	case "B":
		r.Dominance = "B is faster at every quantile"
	case "crossing":
		r.Dominance = fmt.Sprintf("the two sides cross near P%g", 100*crossing)
	}
}

// judge sets the verdict and the sentence of a row. A row that is not primary makes no claim.
func (r *Row) judge(opts run.Options) {
	if r.Measure == measureServed {
		r.judgeServed(opts)
		return
	}
	where := fmt.Sprintf("%s of %s, %s: ", "P"+r.Quantile[1:], r.Journey, r.Window)
	significant := !r.P.Missing && r.P.Value <= 1-opts.Level
	if r.Ratio.Missing {
		r.Verdict, r.Words = finding.Inconclusive, where+"no ratio, "+finding.List(r.Ratio.Warnings, 1)+"."
		switch {
		case !r.Primary || !significant:
		case math.IsInf(r.runs.Value, 1):
			r.Verdict, r.Words = finding.Fail, where+"B is slower, it is among the arrivals of B that were not served."
		case r.runs.Value == 0:
			r.Verdict, r.Words = finding.Pass, where+"B is faster, it is among the arrivals of A that were not served."
		}
		return
	}
	figure := finding.Ratio(r.Ratio.Value)
	lo, hi := finding.RatioBounds(r.Ratio)
	if r.Ratio.Lo != nil && r.Ratio.Hi != nil {
		figure += " " + finding.Interval(r.Ratio)
	}
	if !r.Primary {
		r.Verdict, r.Words = finding.Info, where+figure+"."
		return
	}
	margin := finding.Share(opts.Margin - 1)
	beyond := fmt.Sprintf("%s, %s", figure, finding.Probability(r.P.Value))
	if r.Effect != "unknown" {
		beyond += fmt.Sprintf(", a %s effect", r.Effect)
	}
	switch {
	case compare.Equivalent(r.runs, opts.Margin):
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%sthe same within %s (%s).", where, margin, figure)
	case compare.NonInferior(r.runs, opts.Margin) && significant && hi < 1:
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%sB is faster, %s.", where, beyond)
	case compare.NonInferior(r.runs, opts.Margin):
		r.Verdict, r.Words = finding.Pass, fmt.Sprintf("%sB is no more than %s slower (%s).", where, margin, figure)
	case significant && lo > 1:
		r.Verdict, r.Words = finding.Fail, fmt.Sprintf("%sB is slower, %s.", where, beyond)
	case !r.Detectable.Missing:
		r.Verdict = finding.Inconclusive
		r.Words = fmt.Sprintf("%sundecided, %s; these trials detect %s.", where, figure, finding.Ratio(r.Detectable.Value))
	default:
		r.Verdict, r.Words = finding.Inconclusive, fmt.Sprintf("%sundecided, %s.", where, figure)
	}
}
