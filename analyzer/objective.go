package analyzer

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// objectives judges every objective in every setup: over all abiding tenants
// together (SLO-001), and tenant by tenant (SLO-002), since a mean over tenants
// hides a single victim.
func (d *dataset) objectives() ([]ObjectiveRow, []Finding) {
	var rows []ObjectiveRow
	var all []Finding
	for _, setup := range d.setups {
		for _, o := range d.run.Manifest.Objectives {
			row, f := d.objective(setup, o, everyone, d.opts.Level)
			rows = append(rows, row)
			all = append(all, f)
			more, f := d.tenantObjectives(setup, o)
			rows = append(rows, more...)
			all = append(all, f)
		}
	}
	return rows, all
}

// tenantObjectives is SLO-002. The level of each tenant's interval is raised so
// that all hold together (Bonferroni).
func (d *dataset) tenantObjectives(setup string, o results.Objective) ([]ObjectiveRow, Finding) {
	var tenants []int
	for i, abiding := range d.abiding {
		if abiding {
			tenants = append(tenants, i)
		}
	}
	level := 1 - (1-d.opts.Level)/float64(max(len(tenants), 1))
	var rows []ObjectiveRow
	var failed []string
	for _, t := range tenants {
		row, _ := d.objective(setup, o, t, level)
		if row.Achieved.Missing && row.Achieved.N == 0 {
			continue
		}
		rows = append(rows, row)
		if row.Verdict == Fail {
			failed = append(failed, fmt.Sprintf("%s served %s", d.tenantName(t), percent(row.Achieved.Value)))
		}
	}
	scope := Scope{Setup: setup}
	if len(failed) > 0 {
		return rows, finding("SLO-002", Fail, scope, fmt.Sprintf("Of %s within %s: %s.", percent(o.Target), o.Name,
			joined(failed, 10)))
	}
	return rows, finding("SLO-002", Info, scope, fmt.Sprintf("No tenant of %d certainly misses %s.", len(rows), o.Name))
}

// objective judges one objective for one tenant, or for all abiding ones.
func (d *dataset) objective(setup string, o results.Objective, tenant int, level float64) (ObjectiveRow, Finding) {
	row := ObjectiveRow{Setup: setup, Tenant: d.tenantName(tenant), Objective: o}
	strata, kinds := d.goodEvents(setup, o, tenant)
	method := "good of offered, Wilson interval with effective n within windows"
	if o.Budgeting == "Timeslices" && o.Timeslice > 0 {
		strata = d.goodSlices(setup, o, tenant)
		method = "good time slices of all, Wilson interval"
	}
	share := resilience.ShareOf(strata, level)
	row.Achieved = number(share.Value, "share", method, share.N).bounded(share.Lo, share.Hi, level)
	scope := Scope{Setup: setup, Tenant: row.Tenant}
	if share.N == 0 {
		row.Verdict = Inconclusive
		row.Achieved = none("share", method, 0, "no arrival that the objective is about")
		row.Budget, row.Burn = none("share", method, 0, "no data"), none("ratio", method, 0, "no data")
		f := finding("SLO-001", Inconclusive, scope, "No arrival that "+o.Name+" is about was recorded.").with(row.Achieved)
		f.Title += " " + o.Name
		return row, f
	}
	burn := resilience.BurnRate(1-share.Value, o.Target)
	row.Burn = number(burn, "ratio", "share of bad events over 1 - target", share.N)
	row.Budget = number(burn, "share", "bad events over those that the target allows in this run", share.N)
	if math.IsNaN(burn) {
		row.Budget.Warnings = []string{"a target of 100 % leaves no budget"}
		row.Burn.Warnings = row.Budget.Warnings
	}
	row.Verdict = against(share, o.Target)
	f := finding("SLO-001", row.Verdict, scope, objectiveWords(o, share, row.Verdict)).with(row.Achieved)
	f.Title += " " + o.Name
	f.Because = append(f.Because, spending(strata, kinds, o)...)
	return row, f
}

// against judges a share against a target: pass when the whole interval reaches it,
// fail when none of it does.
func against(s resilience.Share, target float64) Verdict {
	switch {
	case s.Lo >= target:
		return Pass
	case s.Hi < target:
		return Fail
	case s.Value >= 1 && target >= 1:
		return Pass // a target of 100 % can be kept but never proved
	}
	return Inconclusive
}

func objectiveWords(o results.Objective, s resilience.Share, v Verdict) string {
	within := ""
	if o.Threshold > 0 {
		within = " within " + words(o.Threshold)
	}
	text := fmt.Sprintf("%s of %d were served%s, target %s", percent(s.Value), s.N, within, percent(o.Target))
	if v == Inconclusive {
		text += fmt.Sprintf("; between %s and %s cannot be told apart from it", percent(s.Lo), percent(s.Hi))
	}
	return text + "."
}

// percent formats a share for a sentence, with two digits of what is missing.
func percent(share float64) string {
	p := 100 * share
	if gap := math.Min(p, 100-p); gap > 0 && gap < 0.95 {
		return fmt.Sprintf("%.2f %%", p)
	}
	return fmt.Sprintf("%.3g %%", p)
}

// goodEvents lists the events of an objective, true for good, by window and trial
// in the order of time, the warm-up left out.
func (d *dataset) goodEvents(setup string, o results.Objective, tenant int) (strata [][]bool, windows []string) {
	for _, t := range d.of(setup) {
		first := len(strata)
		for _, w := range t.windows {
			strata = append(strata, nil)
			windows = append(windows, w.Name)
		}
		d.eachEvent(t, o, tenant, func(r *record) {
			at := first + int(r.window)
			strata[at] = append(strata[at], good(r, o))
		})
	}
	return strata, windows
}

// goodSlices lists the time slices of an objective, true for good: slices with at
// least the share SliceGood of good events. Slices without events are left out.
func (d *dataset) goodSlices(setup string, o results.Objective, tenant int) [][]bool {
	var strata [][]bool
	for _, t := range d.of(setup) {
		var arrivals []resilience.Arrival
		d.eachEvent(t, o, tenant, func(r *record) {
			arrivals = append(arrivals, resilience.Arrival{At: r.at.Seconds(), Served: good(r, o)})
		})
		var slices []bool
		for _, bin := range resilience.Cut(arrivals, t.Warmup.Seconds(), t.end.Seconds(), o.Timeslice) {
			if bin.Offered > 0 {
				slices = append(slices, bin.Share() >= o.SliceGood)
			}
		}
		strata = append(strata, slices)
	}
	return strata
}

func good(r *record, o results.Objective) bool {
	return r.served && (o.Threshold <= 0 || float64(r.latency)/1e6 <= o.Threshold)
}

// eachEvent visits the records that an objective is about: of one tenant or all
// abiding ones, after the warm-up.
func (d *dataset) eachEvent(t *trialData, o results.Objective, tenant int, visit func(*record)) {
	records := t.journeys
	if len(o.Steps) > 0 {
		records = t.steps
	}
	counts := make([]bool, d.journeys.len())
	for i, name := range d.journeys.list {
		counts[i] = len(o.Journeys) == 0 || slices.Contains(o.Journeys, name)
	}
	steps := make([]bool, d.steps.len())
	for i, name := range d.steps.list {
		steps[i] = slices.Contains(o.Steps, name)
	}
	script := d.outcomes.index[string(results.ScriptError)]
	for i := range records {
		r := &records[i]
		switch {
		case uint16(r.outcome) == script: // no answer of the target's; VAL-009 counts them
		case r.window < 0 || t.windows[r.window].Kind == results.WindowWarmup:
		case !counts[r.journey]:
		case len(o.Steps) > 0 && !steps[r.step]:
		case tenant == everyone && !d.abiding[r.tenant], tenant != everyone && int(r.tenant) != tenant:
		default:
			visit(r)
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
