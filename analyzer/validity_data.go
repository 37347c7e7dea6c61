package analyzer

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/results"
)

// enoughData is VAL-006: the calm windows of a setup have served arrivals, and
// enough of them for the P95 that findings rest on.
func (d *dataset) enoughData(setup string) []Finding {
	scope := Scope{Setup: setup}
	offered, served, refused := 0, 0, []string{}
	need := quantile.MinSamples(0.95, d.opts.Level)
	for _, row := range d.windowRows {
		if row.Setup != setup || row.Tenant != Everyone || !calm(row.Kind) {
			continue
		}
		offered += row.Offered
		served += row.Good
		if row.Latency.P95.Missing {
			refused = append(refused, fmt.Sprintf("%s in %s (%d)", row.Journey, row.Window, row.Offered))
		}
	}
	q := number(float64(offered), "count", "journeys of abiding tenants in calm windows", offered)
	complete := slices.ContainsFunc(d.of(setup), func(t *trialData) bool { return t.State == results.TrialComplete })
	switch {
	case offered == 0 && !complete:
		return []Finding{finding("VAL-006", Inconclusive, scope,
			"No journey of an abiding tenant was recorded while calm, and no trial of the setup ran to its end.").with(q)}
	case offered == 0:
		return []Finding{finding("VAL-006", Invalid, scope, "No journey of an abiding tenant was recorded while calm.").with(q)}
	case served == 0:
		return []Finding{finding("VAL-006", Invalid, scope,
			fmt.Sprintf("None of %d journeys was served while calm: the target did not work before any fault.", offered)).with(q)}
	case len(refused) > 0:
		return []Finding{finding("VAL-006", Info, scope, fmt.Sprintf("%d journeys were offered while calm.", offered),
			fmt.Sprintf("Too few for a P95, which takes %d: %s.", need, joined(refused, 6))).with(q)}
	}
	return []Finding{finding("VAL-006", Pass, scope,
		fmt.Sprintf("%d journeys were offered while calm, enough for every P95.", offered)).with(q)}
}

// joined lists at most limit parts.
func joined(parts []string, limit int) string {
	text := ""
	for i, p := range parts {
		if i == limit {
			return text + fmt.Sprintf(" and %d more", len(parts)-limit)
		}
		if i > 0 {
			text += ", "
		}
		text += p
	}
	return text
}

// baselineSteady is VAL-008: in each trial, the latency of the baseline neither
// drifts nor jumps. A growth is acted on only when it is both beyond chance and
// large: times of one window depend on each other, so that tests alone cry wolf.
func (d *dataset) baselineSteady(setup string) []Finding {
	var all []Finding
	for _, t := range d.of(setup) {
		scope := Scope{Setup: setup, Trial: t.Name, Window: results.WindowBaseline}
		x := d.baselineMedians(t)
		if len(x) < 10 {
			continue
		}
		drift := steady.Trend(x)
		q := number(drift.Growth, "ratio", "Sen's slope of the log of medians a second, end over beginning", len(x))
		switch {
		case math.IsNaN(drift.Growth):
		case drift.P < 0.001 && drift.Growth > 2:
			all = append(all, finding("VAL-008", Inconclusive, scope, fmt.Sprintf(
				"Median latency grew %.1f times from the beginning of the baseline to its end: a queue was growing while calm.",
				drift.Growth)).with(q))
		case drift.P < 0.001 && drift.Growth < 0.5:
			all = append(all, finding("VAL-008", Inconclusive, scope, fmt.Sprintf(
				"Median latency fell to %.2f of its beginning within the baseline: it was still warming up.", drift.Growth)).with(q))
		default:
			all = append(all, finding("VAL-008", Pass, scope, steadyWords(x, drift)).with(q))
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
func (d *dataset) baselineMedians(t *trialData) []float64 {
	perJourney := make([][]float64, d.journeys.len())
	at := slices.IndexFunc(t.windows, func(w results.Window) bool { return w.Kind == results.WindowBaseline })
	if at < 0 {
		return nil
	}
	w := t.windows[at]
	each := func(f func(r *record)) {
		for i := range t.journeys {
			r := &t.journeys[i]
			if int(r.window) == at && r.served && d.abiding[r.tenant] {
				f(r)
			}
		}
	}
	each(func(r *record) { perJourney[r.journey] = append(perJourney[r.journey], float64(r.latency)) })
	usual := make([]float64, len(perJourney))
	for j, x := range perJourney {
		slices.Sort(x)
		usual[j] = quantile.Type1(x, 0.5)
	}
	bins := make([][]float64, int((w.To-w.From).Seconds())+1)
	each(func(r *record) {
		if m := usual[r.journey]; m > 0 {
			at := int((r.at - w.From).Seconds())
			bins[at] = append(bins[at], float64(r.latency)/m)
		}
	})
	return medians(bins)
}

// medians are those of bins that hold anything; the bins are sorted in place.
func medians(bins [][]float64) []float64 {
	var out []float64
	for _, x := range bins {
		if len(x) > 0 {
			slices.Sort(x)
			out = append(out, quantile.Type1(x, 0.5))
		}
	}
	return out
}
