package fault

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// findings judges the faults of a setup, each over its trials.
func findings(r *run.Run, setup string, rows []Row) []finding.Finding {
	var faults []string
	for _, row := range rows {
		if row.Setup == setup {
			faults = run.AppendNew(faults, row.Injection.Fault)
		}
	}
	var all []finding.Finding
	for _, fault := range faults {
		var of []Row
		for _, row := range rows {
			if row.Setup == setup && row.Injection.Fault == fault && row.Injection.InEffect != nil {
				of = append(of, row)
			}
		}
		if len(of) == 0 {
			continue // see VAL-003
		}
		scope := finding.Scope{Setup: setup, Fault: fault}
		all = append(all, recovered(r, scope, of), cost(scope, of))
		if f, ok := radius(r, scope, of); ok {
			all = append(all, f)
		}
		if f, ok := alertFinding(r, scope, of); ok {
			all = append(all, f)
		}
	}
	return all
}

// recovered is RES-001: the slowest recovery of the trials is within the limit.
func recovered(r *run.Run, scope finding.Scope, rows []Row) finding.Finding {
	limit := r.Options.MaxRecovery
	worst, verdict := rows[0].Recover, finding.Pass
	var because []string
	for _, row := range rows {
		q := row.Recover
		v, text := finding.Pass, ""
		switch {
		case q.Missing:
			v, text = finding.Inconclusive, fmt.Sprintf("%s: unknown, %s.", row.Trial, q.Warnings[0])
		case q.Value > limit, q.Censored && q.Value >= limit:
			v, text = finding.Fail, fmt.Sprintf("%s: recovered after %s%s, limit %s.", row.Trial, finding.Above(q),
				finding.Seconds(q.Value), finding.Seconds(limit))
		case q.Censored:
			v, text = finding.Inconclusive, fmt.Sprintf("%s: not recovered in the %s until the next event.", row.Trial,
				finding.Seconds(q.Value))
		case q.Value == 0:
			text = fmt.Sprintf("%s: recovered at once.", row.Trial)
		default:
			text = fmt.Sprintf("%s: recovered after %s.", row.Trial, finding.Seconds(q.Value))
		}
		because = append(because, text)
		if finding.Severity(v) > finding.Severity(verdict) {
			verdict, worst = v, q
		} else if finding.Severity(v) == finding.Severity(verdict) && q.Value > worst.Value {
			worst = q
		}
	}
	return finding.New("RES-001", verdict, scope, because...).With(worst)
}

// cost is RES-002: outcomes, writes without an answer, goodput lost.
func cost(scope finding.Scope, rows []Row) finding.Finding {
	area, n := 0.0, 0
	var because []string
	for _, row := range rows {
		if !row.AreaLost.Missing {
			area = math.Max(area, row.AreaLost.Value)
			n++
		}
		text := fmt.Sprintf("%s: %s; %s without an answer", row.Trial, finding.Unserved(row.Outcomes),
			finding.Plural(row.Indeterminate, "write"))
		if !row.AreaLost.Missing {
			text += fmt.Sprintf("; %s share-seconds lost", finding.Decimal(row.AreaLost.Value))
		}
		because = append(because, text+".")
	}
	return finding.New("RES-002", finding.Info, scope, because...).With(
		finding.Number(area, "share·s", methodArea+"; largest of the trials", n))
}

// radius is RES-003: the tenants outside the blast radius that the fault affected. It is false
// when every tenant is within it.
func radius(r *run.Run, scope finding.Scope, rows []Row) (finding.Finding, bool) {
	var outside []string
	for _, row := range rows {
		if len(row.Injection.Tenants) == 0 {
			return finding.Finding{}, false
		}
		for _, tenant := range row.Affected {
			if !slices.Contains(row.Injection.Tenants, tenant) {
				outside = run.AppendNew(outside, tenant)
			}
		}
	}
	if len(rows[0].Injection.Tenants) >= len(r.Tenants.List) {
		return finding.Finding{}, false
	}
	if len(outside) == 0 {
		return finding.New("RES-003", finding.Info, scope, "The fault affected no tenant outside its blast radius."), true
	}
	return finding.New("RES-003", finding.Info, scope, fmt.Sprintf("The fault affected %s, outside its blast radius (%s).",
		finding.List(outside, 6), finding.List(rows[0].Injection.Tenants, 6))), true
}
