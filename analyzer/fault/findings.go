package fault

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
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
	worst, worstTrial, verdict := rows[0].Recover, rows[0].Trial, finding.Pass
	var because []string
	for _, row := range rows {
		q := row.Recover
		v, text := finding.Pass, ""
		switch {
		case q.Missing:
			v, text = finding.Inconclusive, fmt.Sprintf("%s: cannot be determined, %s.", row.Trial, q.Warnings[0])
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
		if row.Injection.Lost != nil {
			v = finding.MoreSevere(v, finding.Inconclusive)
			text += fmt.Sprintf(" The fault lasted only %s (VAL-003).",
				finding.Seconds((*row.Injection.Lost - *row.Injection.InEffect).Seconds()))
		}
		if row.Injection.ProofKind == results.ProofNoted {
			text += " Its effect is noted, not shown (VAL-003)."
		}
		because = append(because, text)
		if finding.Severity(v) > finding.Severity(verdict) {
			verdict, worst, worstTrial = v, q, row.Trial
		} else if finding.Severity(v) == finding.Severity(verdict) && q.Value > worst.Value {
			worst, worstTrial = q, row.Trial
		}
	}
	// The sentence that decides comes first.
	slices.SortStableFunc(because, func(a, b string) int { return decides(b, worstTrial) - decides(a, worstTrial) })
	if text := overTrials(rows, r.Options.Level); text != "" {
		because = append(because, text)
	}
	return finding.New("RES-001", verdict, scope, because...).With(worst)
}

// decides is 1 for the sentence about a trial.
func decides(sentence, trial string) int {
	if strings.HasPrefix(sentence, trial+":") {
		return 1
	}
	return 0
}

// overTrials gives the mean time to recover with its interval, from three trials on that all
// saw it. It is Student's t over trials: they vary more than a bin.
func overTrials(rows []Row, level float64) string {
	var times []float64
	for _, row := range rows {
		if row.Recover.Missing || row.Recover.Censored {
			return ""
		}
		times = append(times, row.Recover.Value)
	}
	n := float64(len(times))
	if len(times) < run.EnoughTrials {
		return ""
	}
	mean, sd := stat.MeanStdDev(times, nil)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * sd / math.Sqrt(n)
	return fmt.Sprintf("On average %s [%s, %s] over %s.", finding.Seconds(mean), finding.Seconds(max(0, mean-half)),
		finding.Seconds(mean+half), finding.Plural(len(times), "trial"))
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
