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

// Judge judges every objective (SLO-), and adds how available each setup
// was and what every fault spent of the error budgets.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	rows, findings := objectives(r)
	return Rows{Objectives: rows, Available: availabilities(r), Budgets: budgets(r)}, findings
}

// objectives judges every objective in every setup: over all abiding tenants
// together (SLO-001), and tenant by tenant (SLO-002), since a mean over tenants
// hides a single victim.
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

// tenantObjectives is SLO-002. The level of each tenant's interval is raised so
// that all hold together (Bonferroni).
func tenantObjectives(r *run.Run, setup string, o results.Objective) ([]Row, finding.Finding) {
	var tenants []int
	for i, abiding := range r.Abiding {
		if abiding {
			tenants = append(tenants, i)
		}
	}
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
		return rows, finding.New("SLO-002", finding.Fail, scope, fmt.Sprintf("Of %s within %s: %s.", finding.Share(o.Target), o.Name,
			finding.List(failed, 10)))
	}
	return rows, finding.New("SLO-002", finding.Info, scope, fmt.Sprintf("No tenant of %d certainly misses %s.", len(rows), o.Name))
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
		row.Achieved = finding.None("share", method, 0, "no arrival that the objective is about")
		row.Budget, row.Burn = finding.None("share", method, 0, "no data"), finding.None("ratio", method, 0, "no data")
		f := finding.New("SLO-001", finding.Inconclusive, scope, "No arrival that "+o.Name+" is about was recorded.").With(row.Achieved)
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

// judgeShare judges a share against a target: pass when the whole interval reaches it,
// fail when none of it does.
func judgeShare(s resilience.Share, target float64) finding.Verdict {
	switch {
	case s.Lo >= target:
		return finding.Pass
	case s.Hi < target:
		return finding.Fail
	case s.Value >= 1 && target >= 1:
		return finding.Pass // a target of 100 % can be kept but never proved
	}
	return finding.Inconclusive
}

func objectiveWords(o results.Objective, s resilience.Share, v finding.Verdict) string {
	within := ""
	if o.Threshold > 0 {
		within = " within " + finding.Seconds(o.Threshold)
	}
	text := fmt.Sprintf("%s of %d were served%s, target %s", finding.Share(s.Value), s.N, within, finding.Share(o.Target))
	if v == finding.Inconclusive {
		text += fmt.Sprintf("; between %s and %s cannot be told apart from it", finding.Share(s.Lo), finding.Share(s.Hi))
	}
	return text + "."
}

// goodEvents lists the events of an objective, true for good, by window and trial
// in the order of time, the warm-up left out.
func goodEvents(r *run.Run, setup string, o results.Objective, tenant int) (strata [][]bool, windows []string) {
	for _, t := range r.TrialsOf(setup) {
		first := len(strata)
		for _, w := range t.Windows {
			strata = append(strata, nil)
			windows = append(windows, w.Name)
		}
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			at := first + int(rec.Window)
			strata[at] = append(strata[at], good(rec, o))
		})
	}
	return strata, windows
}

// goodSlices lists the time slices of an objective, true for good: slices with at
// least the share SliceGood of good events. Slices without events are left out.
func goodSlices(r *run.Run, setup string, o results.Objective, tenant int) [][]bool {
	var strata [][]bool
	for _, t := range r.TrialsOf(setup) {
		var arrivals []resilience.Arrival
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			arrivals = append(arrivals, resilience.Arrival{At: rec.At.Seconds(), Served: good(rec, o)})
		})
		var slices []bool
		for _, bin := range resilience.Cut(arrivals, t.Warmup.Seconds(), t.End.Seconds(), o.Timeslice) {
			if bin.Offered > 0 {
				slices = append(slices, bin.Share() >= o.SliceGood)
			}
		}
		strata = append(strata, slices)
	}
	return strata
}

func good(rec *run.Record, o results.Objective) bool {
	return rec.Served && (o.Threshold <= 0 || float64(rec.Latency)/1e6 <= o.Threshold)
}

// eachEvent visits the records that an objective is about: of one tenant or all
// abiding ones, after the warm-up.
func eachEvent(r *run.Run, t *run.Trial, o results.Objective, tenant int, visit func(*run.Record)) {
	records := t.Journeys
	if len(o.Steps) > 0 {
		records = t.Steps
	}
	counts := make([]bool, r.Journeys.Len())
	for i, name := range r.Journeys.List {
		counts[i] = len(o.Journeys) == 0 || slices.Contains(o.Journeys, name)
	}
	steps := make([]bool, r.Steps.Len())
	for i, name := range r.Steps.List {
		steps[i] = slices.Contains(o.Steps, name)
	}
	script := r.Outcomes.Index[string(results.ScriptError)]
	for i := range records {
		rec := &records[i]
		switch {
		case uint16(rec.Outcome) == script: // no answer of the target's; VAL-009 counts them
		case rec.Window < 0 || t.Windows[rec.Window].Kind == results.WindowWarmup:
		case !counts[rec.Journey]:
		case len(o.Steps) > 0 && !steps[rec.Step]:
		case tenant == run.Everyone && !r.Abiding[rec.Tenant], tenant != run.Everyone && int(rec.Tenant) != tenant:
		default:
			visit(rec)
		}
	}
}

// spending says which windows spent the budget: the three that had most bad events.
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
			because = append(because, fmt.Sprintf("%s spent %.2g times the budget of the run (%d missed).", s.window,
				float64(s.bad)/allowed, s.bad))
		}
	}
	return because
}
