package objective

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// Judge judges every objective in every setup. It adds the availability of each setup and
// what each fault spent of the error budgets.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	rows, primary, findings := objectives(r)
	return Rows{Objectives: rows, Available: availabilities(r), Budgets: budgets(r), Primary: primary}, findings
}

// objectives judges every objective over all abiding tenants together (SLO-001), and for
// each tenant (SLO-002): a mean over tenants hides a single one that suffers.
func objectives(r *run.Run) ([]Row, []finding.Primary, []finding.Finding) {
	var rows []Row
	var primary []finding.Primary
	var all []finding.Finding
	for _, setup := range r.Setups {
		for _, o := range r.Results.Manifest.Objectives {
			row, share, f := objective(r, setup, o, run.Everyone, r.PrimaryLevel())
			rows, primary = append(rows, row), append(primary, primaryOf(r, row, share, f))
			all = append(all, f)
			more, f := tenantObjectives(r, setup, o)
			rows = append(rows, more...)
			all = append(all, f)
		}
	}
	return rows, primary, all
}

// primaryOf is the question that an objective puts to a setup.
func primaryOf(r *run.Run, row Row, share level.Share, f finding.Finding) finding.Primary {
	p := finding.Primary{ID: "SLO-001", Scope: f.Scope, Objective: row.Objective.Name, Decided: row.Verdict != finding.Inconclusive,
		Question: fmt.Sprintf("Does %s keep the objective %s?", row.Setup, row.Objective.Name), Level: r.PrimaryLevel()}
	if !p.Decided {
		p.Why = f.Because[0]
	}
	if target := row.Objective.Target; share.N > 0 && target > 0 && target < 1 {
		p.Estimate, p.Limit = share.Logit(), target/(1-target)
	}
	return p
}

// tenantObjectives is SLO-002. The level of each interval is raised so that all hold
// together (Bonferroni).
func tenantObjectives(r *run.Run, setup string, o results.Objective) ([]Row, finding.Finding) {
	tenants := r.AbidingTenants()
	confidence := 1 - (1-r.Options.Level)/float64(max(len(tenants), 1))
	var rows []Row
	var failed []string
	for _, t := range tenants {
		row, _, _ := objective(r, setup, o, t, confidence)
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

const (
	methodEvents = "good of offered over trials; Wilson interval with t, effective n within windows and between trials"
	methodSlices = "good time slices of all over trials; Wilson interval with t, effective n"
)

// objective judges one objective for one tenant, or for all abiding ones.
func objective(r *run.Run, setup string, o results.Objective, tenant int, confidence float64) (Row, level.Share,
	finding.Finding) {
	row := Row{Setup: setup, Tenant: r.TenantName(tenant), Objective: o}
	e := eventsOf(r, setup, o, tenant, nil)
	share, method := e.share(), methodEvents
	good, n := e.total()
	if o.Budgeting == "Timeslices" && o.Timeslice > 0 {
		counted := slicesOf(r, setup, o, tenant)
		share, method = level.ShareOf(counted, level.DefaultShare()), methodSlices
		good, n = 0, 0
		for _, c := range counted {
			good, n = good+c.Good, n+c.Offered
		}
	}
	lo, hi := share.Interval(confidence)
	row.Achieved = finding.Number(share.Value, "share", method, n).Bounded(lo, hi, confidence)
	scope := finding.Scope{Setup: setup, Tenant: row.Tenant}
	if n == 0 {
		row.Verdict = finding.Inconclusive
		row.Achieved = finding.None("share", method, 0, "no arrival of the objective")
		row.Budget, row.Burn = finding.None("share", method, 0, "no data"), finding.None("ratio", method, 0, "no data")
		f := finding.New("SLO-001", finding.Inconclusive, scope, append([]string{"No arrival of " + o.Name + " was recorded."},
			unknown(r, o)...)...).
			With(row.Achieved)
		f.Title += " " + o.Name
		f.Remedy = "Offer the journeys and steps of the objective, or correct their names."
		return row, share, f
	}
	burn := resilience.BurnRate(float64(n-good)/float64(n), o.Target)
	row.Burn = finding.Number(burn, "ratio", "share of bad events over 1 - target", n)
	row.Budget = finding.Number(burn, "share", "bad events over those that the target allows in this run", n)
	if math.IsNaN(burn) {
		row.Budget.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Burn.Warnings = row.Budget.Warnings
	}
	row.Verdict = judgeShare(share, o.Target, confidence)
	f := finding.New("SLO-001", row.Verdict, scope, objectiveWords(o, row, share, confidence)).With(row.Achieved)
	f.Title += " " + o.Name
	f.Because = append(f.Because, spending(e, o, method)...)
	return row, share, f
}

// judgeShare passes when the whole interval reaches the target, and fails when none of it
// does.
func judgeShare(s level.Share, target, confidence float64) finding.Verdict {
	switch side := s.Compare(target, confidence); {
	case side == moderated.Above:
		return finding.Pass
	case side == moderated.Below:
		return finding.Fail
	case s.Value >= 1 && target >= 1:
		return finding.Pass // a target of 100 % can be met, never proved
	}
	return finding.Inconclusive
}

// objectiveWords is the deciding sentence of SLO-001. An undecided objective states what would
// decide it.
func objectiveWords(o results.Objective, row Row, s level.Share, confidence float64) string {
	within, noun := "", "event"
	if o.Threshold > 0 {
		within = " within " + finding.Seconds(o.Threshold)
	}
	if row.Achieved.Method == methodSlices {
		noun = "time slice"
	}
	served := "served" + within
	if noun == "time slice" {
		served = fmt.Sprintf("good (%s of the events served%s)", finding.Share(o.SliceGood), within)
	}
	text := fmt.Sprintf("%s of %s %s, target %s", finding.Share(s.Value), finding.Plural(row.Achieved.N, noun), served,
		finding.Share(o.Target))
	if row.Verdict != finding.Inconclusive {
		return text + "."
	}
	lo, hi := s.Interval(confidence)
	text += fmt.Sprintf("; the interval from %s to %s contains the target. ", finding.Share(lo), finding.Share(hi))
	if n := s.Needs(o.Target, confidence); n > 0 {
		return text + fmt.Sprintf("If this share stays, %s of this length decide it.", finding.Plural(n, "trial"))
	}
	return text + "If this share stays, not even 50 trials of this length decide it."
}

// spending names the windows that spent most of the budget, at most three. Time slices have
// no windows.
func spending(e events, o results.Objective, method string) []string {
	if method == methodSlices {
		return nil
	}
	type spent struct {
		window string
		bad    int
	}
	var all []spent
	for i, t := range e.trials {
		for k, w := range t.Windows {
			at := slices.IndexFunc(all, func(x spent) bool { return x.window == w.Name })
			if at < 0 {
				at = len(all)
				all = append(all, spent{window: w.Name})
			}
			all[at].bad += e.counts[i].offered[k] - e.counts[i].good[k]
		}
	}
	slices.SortStableFunc(all, func(a, b spent) int { return b.bad - a.bad })
	_, total := e.total()
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

// unknown names the journeys and steps of an objective that the run never recorded, with
// those that it did.
func unknown(r *run.Run, o results.Objective) []string {
	var because []string
	missing := func(kind string, wanted, recorded []string) {
		for _, name := range wanted {
			if !slices.Contains(recorded, name) {
				because = append(because, fmt.Sprintf("The %s %s was never recorded; there are %s.", kind, name, finding.List(recorded, 8)))
			}
		}
	}
	missing("journey", o.Journeys, r.Journeys.List)
	missing("step", o.Steps, r.Steps.List)
	return because
}
