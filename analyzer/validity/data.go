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

// enoughData is VAL-006: the calm windows of a setup have served arrivals, and
// enough of them for the P95 that findings rest on.
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
		if finding.Percentile(w.Latency[run.P95], w.Longest, finding.MethodLatency).Missing {
			refused = append(refused, fmt.Sprintf("%s in %s (%d)", r.Journeys.List[w.Key.Journey], w.Key.Window, w.N))
		}
	}
	q := finding.Number(float64(offered), "count", "journeys of abiding tenants in calm windows", offered)
	complete := slices.ContainsFunc(r.TrialsOf(setup), func(t *run.Trial) bool { return t.State == results.TrialComplete })
	switch {
	case offered == 0 && !complete:
		return []finding.Finding{finding.New("VAL-006", finding.Inconclusive, scope,
			"No journey of an abiding tenant was recorded while calm, and no trial of the setup ran to its end.").With(q)}
	case offered == 0:
		return []finding.Finding{finding.New("VAL-006", finding.Invalid, scope, "No journey of an abiding tenant was recorded while calm.").With(q)}
	case served == 0:
		return []finding.Finding{finding.New("VAL-006", finding.Invalid, scope,
			fmt.Sprintf("None of %d journeys was served while calm: the target did not work before any fault.", offered)).With(q)}
	case len(refused) > 0:
		return []finding.Finding{finding.New("VAL-006", finding.Info, scope, fmt.Sprintf("%d journeys were offered while calm.", offered),
			fmt.Sprintf("Too few for a P95, which takes %d: %s.", need, finding.List(refused, 6))).With(q)}
	}
	return []finding.Finding{finding.New("VAL-006", finding.Pass, scope,
		fmt.Sprintf("%d journeys were offered while calm, enough for every P95.", offered)).With(q)}
}

// baselineSteady is VAL-008: in each trial, the latency of the baseline neither
// drifts nor jumps. A growth is acted on only when it is both beyond chance and
// large: times of one window depend on each other, so that tests alone cry wolf.
func baselineSteady(r *run.Run, setup string) []finding.Finding {
	var all []finding.Finding
	for _, t := range r.TrialsOf(setup) {
		scope := finding.Scope{Setup: setup, Trial: t.Name, Window: results.WindowBaseline}
		x := baselineMedians(r, t)
		if len(x) < 10 {
			continue
		}
		drift := steady.Trend(x)
		q := finding.Number(drift.Growth, "ratio", "Sen's slope of the log of medians a second, end over beginning", len(x))
		switch {
		case math.IsNaN(drift.Growth):
		case drift.P < 0.001 && drift.Growth > 2:
			all = append(all, finding.New("VAL-008", finding.Inconclusive, scope, fmt.Sprintf(
				"Median latency grew %.1f times from the beginning of the baseline to its end: a queue was growing while calm.",
				drift.Growth)).With(q))
		case drift.P < 0.001 && drift.Growth < 0.5:
			all = append(all, finding.New("VAL-008", finding.Inconclusive, scope, fmt.Sprintf(
				"Median latency fell to %.2f of its beginning within the baseline: it was still warming up.", drift.Growth)).With(q))
		default:
			all = append(all, finding.New("VAL-008", finding.Pass, scope, steadyWords(x, drift)).With(q))
		}
	}
	return all
}

func steadyWords(x []float64, drift steady.Drift) string {
	text := fmt.Sprintf("Median latency changed by a factor of %.2f over the baseline", drift.Growth)
	if jumps := steady.PELT(x, 0, 5); len(jumps) > 0 {
		text += fmt.Sprintf("; its level changed %d times, first after %d s", len(jumps), jumps[0])
	}
	return text + "."
}

// baselineMedians is the median latency of abiding tenants' journeys in each second
// of the baseline, each journey in multiples of its own median, so that a changing
// mix of journeys is no drift. Seconds without arrivals are left out.
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
		slices.Sort(x)
		usual[j] = quantile.Type1(x, 0.5)
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
