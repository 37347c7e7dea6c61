package validity

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/results"
)

// enoughData is VAL-006: the calm windows of a setup have served arrivals, and enough of
// them for a P95 of each journey.
func enoughData(r *run.Run, setup string) []finding.Finding {
	scope := finding.Scope{Setup: setup}
	offered, served, refused := 0, 0, []string{}
	need := quantile.MinSamples(0.95, r.Options.Level)
	for _, w := range r.Windows {
		if w.Key.Setup != setup || w.Key.Tenant != run.Everyone || !run.Calm(w.Window.Kind) {
			continue
		}
		offered += w.N
		served += w.Served
		if finding.Percentile(w.Latency[run.P95], w.Longest, r.Options.Level, finding.MethodLatency).Missing {
			refused = append(refused, fmt.Sprintf("%s in %s (%s)", r.Journeys.List[w.Key.Journey], w.Key.Window, finding.Count(w.N)))
		}
	}
	q := finding.Number(float64(offered), "count", "journeys of abiding tenants in calm windows", offered)
	complete := slices.ContainsFunc(r.TrialsOf(setup), func(t *run.Trial) bool { return t.State == results.TrialComplete })
	journeys := finding.Plural(offered, "journey")
	conclude := func(verdict finding.Verdict, because ...string) []finding.Finding {
		return []finding.Finding{finding.New("VAL-006", verdict, scope, because...).With(q)}
	}
	switch {
	case offered == 0 && !complete:
		return conclude(finding.Inconclusive,
			"No trial ran to its end, and no journey of an abiding tenant was recorded in a calm window.")
	case offered == 0:
		findings := conclude(finding.Invalid, append([]string{"No journey of an abiding tenant was recorded in a calm window."},
			unseen(r, setup)...)...)
		if remedy := unseenRemedy(r, setup); remedy != "" {
			findings[0].Remedy = remedy
		}
		return findings
	case served == 0:
		return conclude(finding.Invalid,
			fmt.Sprintf("None of %s in calm windows was served: the target did not work before any fault.", journeys))
	case len(refused) > 0:
		return conclude(finding.Info, journeys+" in calm windows.",
			fmt.Sprintf("Fewer than the %s that a P95 needs: %s.", finding.Plural(need, "arrival"), finding.List(refused, 6)))
	}
	return conclude(finding.Pass, journeys+" in calm windows, enough for every P95.")
}

// unseen gives the reason why calm windows hold no journey: all were in the warm-up, or k6 measured
// nothing of the script's iterations.
func unseen(r *run.Run, setup string) []string {
	var because []string
	if n := inWarmup(r, setup); n > 0 {
		because = append(because, finding.Plural(n, "journey")+" began in the warm-up.")
	}
	for _, t := range r.TrialsOf(setup) {
		because = append(because, t.Generator.Notes...)
	}
	return slices.Compact(because)
}

// unseenRemedy is what helps against [unseen], empty for the usual remedy.
func unseenRemedy(r *run.Run, setup string) string {
	if inWarmup(r, setup) > 0 {
		return "Write warmup: 0s, or offer load for longer than the warm-up."
	}
	if slices.ContainsFunc(r.TrialsOf(setup), func(t *run.Trial) bool { return len(t.Generator.Notes) > 0 }) {
		return "Give the script a check() or a request in each iteration: k6 measures nothing else."
	}
	return ""
}

// inWarmup counts the journeys that began before the warm-up ended.
func inWarmup(r *run.Run, setup string) int {
	n := 0
	for _, t := range r.TrialsOf(setup) {
		for i := range t.Journeys {
			if t.Journeys[i].At < t.Warmup {
				n++
			}
		}
	}
	return n
}

// baselineSteady is VAL-008: the latency of each baseline neither drifts nor jumps. A drift
// counts when it is both beyond chance and large. A test alone gives false alarms, since
// latencies of one window depend on each other.
func baselineSteady(r *run.Run, setup string) []finding.Finding {
	var all []finding.Finding
	for _, t := range r.TrialsOf(setup) {
		scope := finding.Scope{Setup: setup, Trial: t.Name, Window: results.WindowBaseline}
		x := baselineMedians(r, t)
		if len(x) < 10 {
			continue
		}
		drift := steady.Trend(x)
		q := finding.Number(drift.Growth, "ratio", "Sen's slope of the log of the median of each second, end over beginning",
			len(x))
		switch {
		case math.IsNaN(drift.Growth):
		case drift.P < 0.001 && drift.Growth > 2:
			all = append(all, finding.New("VAL-008", finding.Inconclusive, scope, fmt.Sprintf(
				"The median latency at the end of the baseline is %s that at its beginning: a queue was growing.",
				finding.Ratio(drift.Growth))).With(q))
		case drift.P < 0.001 && drift.Growth < 0.5:
			all = append(all, finding.New("VAL-008", finding.Inconclusive, scope, fmt.Sprintf(
				"The median latency at the end of the baseline is %s that at its beginning: the target was still warming up.",
				finding.Ratio(drift.Growth))).With(q))
		default:
			all = append(all, finding.New("VAL-008", finding.Pass, scope, steadyWords(x, drift)).With(q))
		}
	}
	return all
}

func steadyWords(x []float64, drift steady.Drift) string {
	text := fmt.Sprintf("The median latency at the end of the baseline is %s that at its beginning", finding.Ratio(drift.Growth))
	if jumps := steady.PELT(x, 0, 5); len(jumps) > 0 {
		text += fmt.Sprintf("; %s of level, the first after %d s", finding.Plural(len(jumps), "change"), jumps[0])
	}
	return text + "."
}

// baselineMedians returns the median latency of each second of the baseline, over the
// served journeys of abiding tenants. Each journey counts in multiples of its own median:
// a changing mix of journeys is not a drift. Seconds without arrivals are left out.
func baselineMedians(r *run.Run, t *run.Trial) []float64 {
	perJourney := make([][]float64, r.Journeys.Len())
	at := slices.IndexFunc(t.Windows, func(w results.Window) bool { return w.Kind == results.WindowBaseline })
	if at < 0 {
		return nil
	}
	w := t.Windows[at]
	each := func(f func(rec *run.Record)) {
		for i := range t.Journeys {
			rec := &t.Journeys[i]
			if int(rec.Window) == at && rec.Served && r.Abiding[rec.Tenant] {
				f(rec)
			}
		}
	}
	each(func(rec *run.Record) { perJourney[rec.Journey] = append(perJourney[rec.Journey], float64(rec.Latency)) })
	usual := make([]float64, len(perJourney))
	for j, x := range perJourney {
		usual[j] = quantile.Median(x)
	}
	bins := make([][]float64, int((w.To-w.From).Seconds())+1)
	each(func(rec *run.Record) {
		if m := usual[rec.Journey]; m > 0 {
			at := int((rec.At - w.From).Seconds())
			bins[at] = append(bins[at], float64(rec.Latency)/m)
		}
	})
	return quantile.Medians(bins)
}
