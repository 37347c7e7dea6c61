package analyzer

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/results"
)

// isolationFindings judges the slowdowns of a setup (ISO-001), and adds how many
// tenants were hit (ISO-002) and the impact (ISO-003).
func (d *dataset) isolationFindings(setup string, rows []IsolationRow, impact Quantity) []Finding {
	limit := d.opts.MaxSlowdown
	scope := Scope{Setup: setup, Tenant: Everyone, Quantile: rows[0].Quantile}
	verdict := Inconclusive
	var because []string
	var single []compare.Bounded
	var hit, refused []string
	worst := rows[0]
	for _, row := range rows {
		lo, hi := ratioBounds(row.Slowdown)
		v := Inconclusive
		switch {
		case lo > limit:
			v = Fail
		case hi <= limit:
			v = Pass
		}
		if row.Tenant == Everyone {
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
		if worst.Tenant == Everyone || row.Slowdown.Value > worst.Slowdown.Value {
			worst = row
		}
		if v == Fail && verdict != Fail {
			verdict = Fail
			because = append([]string{slowdownWords(row.Tenant, row, limit, v)}, because...)
		}
	}
	if worst.Tenant != Everyone {
		because = append(because, slowdownWords("The worst, "+worst.Tenant+",", worst, limit, Info))
	}
	if len(refused) > 0 {
		because = append(because, fmt.Sprintf("No slowdown can be given for %s alone: too few arrivals.", joined(refused, 6)))
	}
	because = append(because, d.loadShift(setup)...)
	first := finding("ISO-001", verdict, scope, because...)
	if rows[0].Tenant == Everyone {
		first = first.with(rows[0].Slowdown).against(rows[0].Base)
	}
	all := []Finding{first}
	all = append(all, blastRadius(scope, single, hit, len(refused)))
	if !impact.Missing {
		all = append(all, finding("ISO-003", Info, scope,
			"0 is perfect isolation; 1 means that latency grows in proportion to the whole load.").with(impact))
	}
	return all
}

// blastRadius is ISO-002, over the tenants that have a slowdown of their own.
func blastRadius(scope Scope, single []compare.Bounded, hit []string, refused int) Finding {
	text := "No abiding tenant is certainly slower than 1.1 times."
	switch {
	case len(single) == 0:
		text = "No abiding tenant has arrivals enough for a slowdown of its own."
	case len(hit) > 0:
		text = fmt.Sprintf("%d of %d abiding tenants are certainly slower than 1.1 times: %s.", len(hit), len(single), joined(hit, 8))
	}
	if refused > 0 && len(single) > 0 {
		text += fmt.Sprintf(" %d more have too few arrivals to tell.", refused)
	}
	return finding("ISO-002", Info, scope, text).with(number(isolation.BlastRadius(single, 1.1), "share",
		"abiding tenants whose slowdown's lower bound exceeds 1.1, of those that have one", len(single)))
}

// ratioBounds are the bounds of a ratio as far as known: 0 and +Inf else.
func ratioBounds(q Quantity) (lo, hi float64) {
	lo, hi = 0, math.Inf(1)
	switch {
	case q.Missing:
	case q.Censored:
		lo = q.Value
	default:
		if q.Lo != nil {
			lo = *q.Lo
		}
		if q.Hi != nil {
			hi = *q.Hi
		}
	}
	return lo, hi
}

func slowdownWords(who string, row IsolationRow, limit float64, v Verdict) string {
	q := row.Slowdown
	if q.Missing {
		return fmt.Sprintf("%s: no slowdown can be given, %s.", who, joined(q.Warnings, 1))
	}
	text := fmt.Sprintf("%s waited %s%.2f times as long as before", who, above(q), q.Value)
	if q.Lo != nil && q.Hi != nil {
		text += fmt.Sprintf(" [%.2f, %.2f]", *q.Lo, *q.Hi)
	} else if q.Lo != nil {
		text += fmt.Sprintf(", at least %.2f", *q.Lo)
	}
	switch v {
	case Fail, Pass:
		text += fmt.Sprintf(", allowed are %g", limit)
	case Inconclusive:
		text += fmt.Sprintf(", which does not tell whether more or less than %g", limit)
	}
	return text + "."
}

// loadShift warns when the abiding tenants' own load changed between the windows,
// as their slowdown is then not the neighbour's alone.
func (d *dataset) loadShift(setup string) []string {
	before, under := d.mixed(setup, everyone, results.WindowBaseline, atP50, d.opts.Level), d.mixed(setup, everyone,
		results.WindowNeighbor, atP50, d.opts.Level)
	a, b := float64(before.n)/before.seconds, float64(under.n)/under.seconds
	if ratio := b / a; ratio > 1.25 || ratio < 0.8 {
		return []string{fmt.Sprintf("The abiding tenants themselves offered %.2f times as much as before: "+
			"part of the slowdown may be theirs. Compare setups in the same window.", ratio)}
	}
	return nil
}
