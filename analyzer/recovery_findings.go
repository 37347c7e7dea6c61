package analyzer

import (
	"fmt"
	"math"
	"slices"
)

// recoveryFindings judges the faults of a setup, each over its trials.
func (d *dataset) recoveryFindings(setup string, rows []RecoveryRow) []Finding {
	var faults []string
	for _, r := range rows {
		if r.Setup == setup {
			faults = appendNew(faults, r.Injection.Fault)
		}
	}
	var all []Finding
	for _, fault := range faults {
		var of []RecoveryRow
		for _, r := range rows {
			if r.Setup == setup && r.Injection.Fault == fault && r.Injection.InEffect != nil {
				of = append(of, r)
			}
		}
		if len(of) == 0 {
			continue // VAL-003 says so
		}
		scope := Scope{Setup: setup, Fault: fault}
		all = append(all, d.cameBack(scope, of), faultCost(scope, of))
		if f, ok := d.radius(scope, of); ok {
			all = append(all, f)
		}
		if f, ok := d.alertFinding(scope, of); ok {
			all = append(all, f)
		}
	}
	return all
}

// cameBack is RES-001: the slowest recovery over the trials against the limit.
func (d *dataset) cameBack(scope Scope, rows []RecoveryRow) Finding {
	limit := d.opts.MaxRecovery
	worst, verdict := rows[0].Recover, Pass
	var because []string
	for _, r := range rows {
		q := r.Recover
		v, text := Pass, ""
		switch {
		case q.Missing:
			v, text = Inconclusive, fmt.Sprintf("%s: not known, %s.", r.Trial, q.Warnings[0])
		case q.Value > limit, q.Censored && q.Value >= limit:
			v, text = Fail, fmt.Sprintf("%s: back after %s%s, allowed are %s.", r.Trial, above(q), words(q.Value), words(limit))
		case q.Censored:
			v, text = Inconclusive, fmt.Sprintf("%s: not back within the %s that were left until the next event.", r.Trial,
				words(q.Value))
		case q.Value == 0:
			text = fmt.Sprintf("%s: back at once.", r.Trial)
		default:
			text = fmt.Sprintf("%s: back after %s.", r.Trial, words(q.Value))
		}
		because = append(because, text)
		if rank(v) > rank(verdict) {
			verdict, worst = v, q
		} else if rank(v) == rank(verdict) && q.Value > worst.Value {
			worst = q
		}
	}
	return finding("RES-001", verdict, scope, because...).with(worst)
}

func above(q Quantity) string {
	if q.Censored {
		return "more than "
	}
	return ""
}

// faultCost is RES-002.
func faultCost(scope Scope, rows []RecoveryRow) Finding {
	area, n := 0.0, 0
	var because []string
	for _, r := range rows {
		if !r.AreaLost.Missing {
			area = math.Max(area, r.AreaLost.Value)
			n++
		}
		text := fmt.Sprintf("%s: %s; %d writes without an answer", r.Trial, outcomeWords(r.Outcomes), r.Indeterminate)
		if !r.AreaLost.Missing {
			text += fmt.Sprintf("; %.1f share-seconds lost", r.AreaLost.Value)
		}
		because = append(because, text+".")
	}
	return finding("RES-002", Info, scope, because...).with(number(area, "share·s", methodArea+"; largest of the trials", n))
}

// radius is RES-003: tenants outside the blast radius that felt the fault.
func (d *dataset) radius(scope Scope, rows []RecoveryRow) (Finding, bool) {
	var outside []string
	for _, r := range rows {
		if len(r.Injection.Tenants) == 0 {
			return Finding{}, false
		}
		for _, tenant := range r.Affected {
			if !slices.Contains(r.Injection.Tenants, tenant) {
				outside = appendNew(outside, tenant)
			}
		}
	}
	if len(rows[0].Injection.Tenants) >= len(d.tenants.list) {
		return Finding{}, false // everyone is within it
	}
	if len(outside) == 0 {
		return finding("RES-003", Info, scope, "No tenant outside the blast radius felt it."), true
	}
	return finding("RES-003", Info, scope, fmt.Sprintf("%s felt it though outside the blast radius (%s).",
		joined(outside, 6), joined(rows[0].Injection.Tenants, 6))), true
}
