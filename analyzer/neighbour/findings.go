package neighbour

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// findings judges the slowdowns of a setup (ISO-001). It adds how many tenants were hit
// (ISO-002) and the impact (ISO-003).
func findings(r *run.Run, setup string, rows []Row, impact finding.Quantity) []finding.Finding {
	limit := r.Options.MaxSlowdown
	scope := finding.Scope{Setup: setup, Tenant: finding.Everyone, Quantile: rows[0].Quantile}
	verdict := finding.Inconclusive
	var because []string
	var single []compare.Bounded
	var hit, refused []string
	worst := rows[0]
	for _, row := range rows {
		lo, hi := finding.RatioBounds(row.Slowdown)
		v := finding.Inconclusive
		switch {
		case lo > limit:
			v = finding.Fail
		case hi <= limit:
			v = finding.Pass
		}
		if row.Tenant == finding.Everyone {
			verdict = v
			because = append(because, slowdownWords("All abiding tenants together", row, limit, v))
			continue
		}
		if row.Slowdown.Missing {
			refused = append(refused, row.Tenant)
			continue
		}
		single = append(single, compare.Bounded{Value: row.Slowdown.Value, Lo: lo, Hi: hi})
		if lo > 1.1 {
			hit = append(hit, row.Tenant)
		}
		if worst.Tenant == finding.Everyone || row.Slowdown.Value > worst.Slowdown.Value {
			worst = row
		}
		if v == finding.Fail && verdict != finding.Fail {
			verdict = finding.Fail
			because = append([]string{slowdownWords(row.Tenant, row, limit, v)}, because...)
		}
	}
	if worst.Tenant != finding.Everyone {
		because = append(because, slowdownWords("The worst, "+worst.Tenant, worst, limit, finding.Info))
	}
	if len(refused) > 0 {
		because = append(because, fmt.Sprintf("Not enough arrivals for the slowdown of %s alone.", finding.List(refused, 6)))
	}
	because = append(because, loadShift(r, setup)...)
	first := finding.New("ISO-001", verdict, scope, because...)
	if rows[0].Tenant == finding.Everyone {
		first = first.With(rows[0].Slowdown).Against(rows[0].Base)
	}
	all := []finding.Finding{first}
	all = append(all, blastRadius(scope, single, hit, len(refused)))
	if !impact.Missing {
		all = append(all, finding.New("ISO-003", finding.Info, scope,
			impactScale).With(impact))
	}
	return all
}

// blastRadius is ISO-002: the tenants that are certainly slower, of those with a slowdown of
// their own.
func blastRadius(scope finding.Scope, single []compare.Bounded, hit []string, refused int) finding.Finding {
	text := "No abiding tenant is certainly slower by more than 10 %."
	switch {
	case len(single) == 0:
		text = "No abiding tenant has enough arrivals for a slowdown of its own."
	case len(hit) > 0:
		text = fmt.Sprintf("%d of %s certainly slower by more than 10 %%: %s.", len(hit),
			finding.Plural(len(single), "abiding tenant"), finding.List(hit, 8))
	}
	if refused > 0 && len(single) > 0 {
		text += fmt.Sprintf(" %s without enough arrivals.", finding.Plural(refused, "other"))
	}
	return finding.New("ISO-002", finding.Info, scope, text).With(finding.Number(isolation.BlastRadius(single, 1.1), "share",
		"abiding tenants with a lower bound of the slowdown above 1.1, of those with a slowdown", len(single)))
}

// slowdownWords is one sentence on the slowdown of a tenant or of all.
func slowdownWords(who string, row Row, limit float64, v finding.Verdict) string {
	q := row.Slowdown
	if q.Missing {
		return fmt.Sprintf("%s: no slowdown, %s.", who, finding.List(q.Warnings, 1))
	}
	text := fmt.Sprintf("%s: %s%s the latency of the baseline", who, finding.Above(q), finding.Ratio(q.Value))
	if q.Lo != nil && q.Hi != nil {
		text += " " + finding.Interval(q)
	} else if q.Lo != nil {
		text += ", at least " + finding.Ratio(*q.Lo)
	}
	switch v {
	case finding.Fail, finding.Pass:
		text += ", limit " + finding.Ratio(limit)
	case finding.Inconclusive:
		text += fmt.Sprintf("; the interval contains the limit of %s", finding.Ratio(limit))
	}
	return text + "."
}

// loadShift warns when the load of the abiding tenants themselves changed between the
// windows: the disruptive tenant is then not the only cause.
func loadShift(r *run.Run, setup string) []string {
	before := mix(r, setup, run.Everyone, results.WindowBaseline, run.P50, r.Options.Level)
	under := mix(r, setup, run.Everyone, results.WindowNeighbor, run.P50, r.Options.Level)
	a, b := float64(before.n)/before.seconds, float64(under.n)/under.seconds
	if ratio := b / a; ratio > 1.25 || ratio < 0.8 {
		return []string{fmt.Sprintf("The abiding tenants themselves offered %s the load of the baseline: "+
			"part of the slowdown may be theirs. Compare setups in the same window.", finding.Ratio(ratio))}
	}
	return nil
}
