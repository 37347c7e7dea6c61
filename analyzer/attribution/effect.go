package attribution

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/attribution"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/results"
)

const (
	// loadTolerance is by how much the load of a matched window may differ.
	loadTolerance = 0.25
	effectRounds  = 4000
	methodEffect  = "share of arrivals not served as usual during the fault, less that of calm windows of the same length and " +
		"load; randomisation over the windows, Holm over the faults"
)

// faultEffects is ATT-002: the effect of each fault on the service of abiding tenants,
// against matched windows of the same trials.
func faultEffects(r *run.Run) ([]EffectRow, []finding.Finding) { return run.BySetup(r, faultEffectsIn) }

func faultEffectsIn(r *run.Run, setup string) ([]EffectRow, []finding.Finding) {
	var faults []string
	contrasts := map[string][]attribution.Contrast{}
	for _, t := range r.TrialsOf(setup) {
		if len(t.Injections) == 0 {
			continue
		}
		b := binned(r, t, r.Usual(t))
		for _, in := range t.Injections {
			if in.InEffect == nil {
				continue // see VAL-003
			}
			faults = run.AppendNew(faults, in.Fault)
			contrasts[in.Fault] = append(contrasts[in.Fault], b.contrast(in))
		}
	}
	random := rand.New(rand.NewPCG(r.Results.Manifest.Seed, 0x454646)) // reproducible on purpose
	var effects []attribution.Contrast
	var ps []float64
	for _, fault := range faults {
		c := attribution.Together(contrasts[fault], effectRounds, random)
		effects = append(effects, c)
		if c.Least <= 1-r.Options.Level {
			ps = append(ps, c.P)
		}
	}
	adjusted := compare.Holm(ps)
	var rows []EffectRow
	for i, fault := range faults {
		c := effects[i]
		if c.Least <= 1-r.Options.Level {
			c.P, adjusted = adjusted[0], adjusted[1:]
		}
		rows = append(rows, effectRow(setup, fault, c, len(contrasts[fault]), 1-r.Options.Level))
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows, []finding.Finding{effectFinding(setup, rows)}
}

// effectFinding sums up the faults of a setup. Its figure is the largest effect.
func effectFinding(setup string, rows []EffectRow) finding.Finding {
	verdict := finding.Inconclusive
	largest := rows[0]
	var because []string
	sorted := slices.SortedStableFunc(slices.Values(rows), func(a, b EffectRow) int {
		return cmp.Compare(b.Effect.Value, a.Effect.Value)
	})
	for _, row := range sorted { // the sentence of the figure first
		because = append(because, row.Words+".")
		if row.Verdict != finding.Inconclusive {
			verdict = finding.Info
		}
		if row.Effect.Value > largest.Effect.Value {
			largest = row
		}
	}
	return finding.New("ATT-002", verdict, finding.Scope{Setup: setup}, because...).With(largest.Effect).Against(largest.Usual)
}

// contrast compares the bins in which a fault was in effect with matched calm ones.
func (b bins) contrast(in results.Injection) attribution.Contrast {
	at := b.at(*in.InEffect)
	until := len(b.missed)
	if in.Removed != nil {
		until = min(b.at(*in.Removed), until)
	}
	return attribution.Matched(b.missed, b.load, slices.Clone(b.calm), at, max(until-at, 1), loadTolerance)
}

func effectRow(setup, fault string, c attribution.Contrast, trials int, alpha float64) EffectRow {
	usual := 0.0
	for _, v := range c.Controls {
		usual += v / float64(len(c.Controls))
	}
	row := EffectRow{Setup: setup, Fault: fault, Trials: trials, Windows: c.Windows, Verdict: finding.Info,
		Effect: finding.Number(c.Effect, "share", methodEffect, trials), Usual: finding.Number(usual, "share", methodEffect, c.Windows),
		P: finding.Number(c.P, "", "two-sided, after Holm", c.Windows)}
	switch {
	case c.Windows == 0:
		row.Usual = finding.None("share", methodEffect, 0, "no calm window of the same length and load")
		row.Effect, row.P = row.Usual, row.Usual
		row.Verdict = finding.Inconclusive
		row.Words = fmt.Sprintf("no calm window matches %s in length and load", fault)
	case c.Least > alpha:
		row.Verdict = finding.Inconclusive
		row.P = finding.None("", "two-sided", c.Windows, "too few matched windows")
		row.Words = fmt.Sprintf("%s: %s of arrivals not served as usual, %s in %s, too few to exclude chance",
			fault, finding.Share(c.Own), finding.Share(usual), finding.Plural(c.Windows, "matched window"))
	case c.P < alpha && c.Effect > 0:
		row.Words = fmt.Sprintf("%s made %s of arrivals late or lost, against %s in %s (p = %s)", fault,
			finding.Share(c.Own), finding.Share(usual), finding.Plural(c.Windows, "matched window"), finding.Decimal(c.P))
	default:
		row.Words = fmt.Sprintf("%s: no effect beyond chance; %s late or lost, against %s in %s (p = %s)",
			fault, finding.Share(c.Own), finding.Share(usual), finding.Plural(c.Windows, "matched window"), finding.Decimal(c.P))
	}
	return row
}
