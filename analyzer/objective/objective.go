package objective

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// Judge judges every objective in every setup. It adds the availability of each setup and
// what each fault spent of the error budgets.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	rows, findings := objectives(r)
	return Rows{Objectives: rows, Available: availabilities(r), Budgets: budgets(r)}, findings
}

// objectives judges every objective over all abiding tenants together (SLO-001), and for
// each tenant (SLO-002): a mean over tenants hides a single one that suffers.
func objectives(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	var all []finding.Finding
	for _, setup := range r.Setups {
		for _, o := range r.Results.Manifest.Objectives {
			row, f := objective(r, setup, o, run.Everyone, r.Options.Level)
			rows = append(rows, row)
			all = append(all, f)
			more, f := tenantObjectives(r, setup, o)
			rows = append(rows, more...)
			all = append(all, f)
		}
	}
	return rows, all
}

// tenantObjectives is SLO-002. The level of each interval is raised so that all hold
// together (Bonferroni).
func tenantObjectives(r *run.Run, setup string, o results.Objective) ([]Row, finding.Finding) {
	tenants := r.AbidingTenants()
	level := 1 - (1-r.Options.Level)/float64(max(len(tenants), 1))
	var rows []Row
	var failed []string
	for _, t := range tenants {
		row, _ := objective(r, setup, o, t, level)
		if row.Achieved.Missing && row.Achieved.N == 0 {
			continue
		}
		rows = append(rows, row)
		if row.Verdict == finding.Fail {
			failed = append(failed, fmt.Sprintf("%s served %s", r.TenantName(t), finding.Share(row.Achieved.Value)))
		}
	}
	scope := finding.Scope{Setup: setup}
	if len(failed) > 0 {
		return rows, finding.New("SLO-002", finding.Fail, scope, fmt.Sprintf("Below the target of %s: %s.", finding.Share(o.Target),
			finding.List(failed, 10)))
	}
	return rows, finding.New("SLO-002", finding.Info, scope, fmt.Sprintf("None of %s is certainly below the target.",
		finding.Plural(len(rows), "tenant")))
}

// objective judges one objective for one tenant, or for all abiding ones.
func objective(r *run.Run, setup string, o results.Objective, tenant int, level float64) (Row, finding.Finding) {
	row := Row{Setup: setup, Tenant: r.TenantName(tenant), Objective: o}
	strata, kinds := goodEvents(r, setup, o, tenant)
	method := "good of offered, Wilson interval with effective n within windows"
	if o.Budgeting == "Timeslices" && o.Timeslice > 0 {
		strata = goodSlices(r, setup, o, tenant)
		method = "good time slices of all, Wilson interval"
	}
	share := resilience.ShareOf(strata, level)
	row.Achieved = finding.Number(share.Value, "share", method, share.N).Bounded(share.Lo, share.Hi, level)
	scope := finding.Scope{Setup: setup, Tenant: row.Tenant}
	if share.N == 0 {
		row.Verdict = finding.Inconclusive
		row.Achieved = finding.None("share", method, 0, "no arrival of the objective")
		row.Budget, row.Burn = finding.None("share", method, 0, "no data"), finding.None("ratio", method, 0, "no data")
		f := finding.New("SLO-001", finding.Inconclusive, scope, "No arrival of "+o.Name+" was recorded.").With(row.Achieved)
		f.Title += " " + o.Name
		return row, f
	}
	burn := resilience.BurnRate(1-share.Value, o.Target)
	row.Burn = finding.Number(burn, "ratio", "share of bad events over 1 - target", share.N)
	row.Budget = finding.Number(burn, "share", "bad events over those that the target allows in this run", share.N)
	if math.IsNaN(burn) {
		row.Budget.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Burn.Warnings = row.Budget.Warnings
	}
	row.Verdict = judgeShare(share, o.Target)
	f := finding.New("SLO-001", row.Verdict, scope, objectiveWords(o, share, row.Verdict)).With(row.Achieved)
	f.Title += " " + o.Name
	f.Because = append(f.Because, spending(strata, kinds, o)...)
	return row, f
}

// judgeShare passes when the whole interval reaches the target, and fails when none of it
// does.
func judgeShare(s resilience.Share, target float64) finding.Verdict {
	switch {
	case s.Lo >= target:
		return finding.Pass
	case s.Hi < target:
		return finding.Fail
	case s.Value >= 1 && target >= 1:
		return finding.Pass // a target of 100 % can be met, never proved
	}
	return finding.Inconclusive
}

// objectiveWords is the deciding sentence of SLO-001.
func objectiveWords(o results.Objective, s resilience.Share, v finding.Verdict) string {
	within := ""
	if o.Threshold > 0 {
		within = " within " + finding.Seconds(o.Threshold)
	}
	text := fmt.Sprintf("%s of %s served%s, target %s", finding.Share(s.Value), finding.Plural(s.N, "event"), within,
		finding.Share(o.Target))
	if v == finding.Inconclusive {
		text += fmt.Sprintf("; the interval from %s to %s contains the target", finding.Share(s.Lo), finding.Share(s.Hi))
	}
	return text + "."
}

// spending names the windows that spent most of the budget, at most three.
func spending(strata [][]bool, windows []string, o results.Objective) []string {
	if len(strata) != len(windows) {
		return nil
	}
	type spent struct {
		window string
		bad    int
	}
	var all []spent
	total := 0
	for i, s := range strata {
		at := slices.IndexFunc(all, func(x spent) bool { return x.window == windows[i] })
		if at < 0 {
			at = len(all)
			all = append(all, spent{window: windows[i]})
		}
		total += len(s)
		for _, ok := range s {
			if !ok {
				all[at].bad++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b spent) int { return b.bad - a.bad })
	allowed := (1 - o.Target) * float64(total)
	var because []string
	for _, s := range all[:min(3, len(all))] {
		if s.bad > 0 && allowed > 0 {
			because = append(because, fmt.Sprintf("%s spent %s the budget of the run (%s missed).", s.window,
				finding.Ratio(float64(s.bad)/allowed), finding.Count(s.bad)))
		}
	}
	return because
}
