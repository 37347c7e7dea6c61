package fault

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// recoveryFindings judges the faults of a setup, each over its trials.
func recoveryFindings(r *run.Run, setup string, rows []Row) []finding.Finding {
	var faults []string
	for _, r := range rows {
		if r.Setup == setup {
			faults = run.AppendNew(faults, r.Injection.Fault)
		}
	}
	var all []finding.Finding
	for _, fault := range faults {
		var of []Row
		for _, r := range rows {
			if r.Setup == setup && r.Injection.Fault == fault && r.Injection.InEffect != nil {
				of = append(of, r)
			}
		}
		if len(of) == 0 {
			continue // VAL-003 says so
		}
		scope := finding.Scope{Setup: setup, Fault: fault}
		all = append(all, cameBack(r, scope, of), faultCost(scope, of))
		if f, ok := radius(r, scope, of); ok {
			all = append(all, f)
		}
		if f, ok := alertFinding(r, scope, of); ok {
			all = append(all, f)
		}
	}
	return all
}

// cameBack is RES-001: the slowest recovery over the trials against the limit.
func cameBack(r *run.Run, scope finding.Scope, rows []Row) finding.Finding {
	limit := r.Options.MaxRecovery
	worst, verdict := rows[0].Recover, finding.Pass
	var because []string
	for _, r := range rows {
		q := r.Recover
		v, text := finding.Pass, ""
		switch {
		case q.Missing:
			v, text = finding.Inconclusive, fmt.Sprintf("%s: not known, %s.", r.Trial, q.Warnings[0])
		case q.Value > limit, q.Censored && q.Value >= limit:
			v, text = finding.Fail, fmt.Sprintf("%s: back after %s%s, allowed are %s.", r.Trial, finding.Above(q), finding.Seconds(q.Value), finding.Seconds(limit))
		case q.Censored:
			v, text = finding.Inconclusive, fmt.Sprintf("%s: not back within the %s that were left until the next event.", r.Trial,
				finding.Seconds(q.Value))
		case q.Value == 0:
			text = fmt.Sprintf("%s: back at once.", r.Trial)
		default:
			text = fmt.Sprintf("%s: back after %s.", r.Trial, finding.Seconds(q.Value))
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

// faultCost is RES-002.
func faultCost(scope finding.Scope, rows []Row) finding.Finding {
	area, n := 0.0, 0
	var because []string
	for _, r := range rows {
		if !r.AreaLost.Missing {
			area = math.Max(area, r.AreaLost.Value)
			n++
		}
		text := fmt.Sprintf("%s: %s; %d writes without an answer", r.Trial, finding.Unserved(r.Outcomes), r.Indeterminate)
		if !r.AreaLost.Missing {
			text += fmt.Sprintf("; %.1f share-seconds lost", r.AreaLost.Value)
		}
		because = append(because, text+".")
	}
	return finding.New("RES-002", finding.Info, scope, because...).With(finding.Number(area, "share·s", methodArea+"; largest of the trials", n))
}

// radius is RES-003: tenants outside the blast radius that felt the fault.
func radius(r *run.Run, scope finding.Scope, rows []Row) (finding.Finding, bool) {
	var outside []string
	for _, r := range rows {
		if len(r.Injection.Tenants) == 0 {
			return finding.Finding{}, false
		}
		for _, tenant := range r.Affected {
			if !slices.Contains(r.Injection.Tenants, tenant) {
				outside = run.AppendNew(outside, tenant)
			}
		}
	}
	if len(rows[0].Injection.Tenants) >= len(r.Tenants.List) {
		return finding.Finding{}, false // everyone is within it
	}
	if len(outside) == 0 {
		return finding.New("RES-003", finding.Info, scope, "No tenant outside the blast radius felt it."), true
	}
	return finding.New("RES-003", finding.Info, scope, fmt.Sprintf("%s felt it though outside the blast radius (%s).",
		finding.List(outside, 6), finding.List(rows[0].Injection.Tenants, 6))), true
}
