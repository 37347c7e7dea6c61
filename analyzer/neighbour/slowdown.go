package neighbour

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/results"
)

// methodErrors and methodLost are the methods of the shares in a row.
const (
	methodErrors = "arrivals not served under the neighbour; logits of the trials' shares, Student's t"
	methodLost   = "share served without the neighbour less that under it; Newcombe's interval"
)

// slowdowns compares the neighbour's windows with the calm ones of the same trials, in each
// setup.
func slowdowns(r *run.Run) ([]Row, []finding.Primary, []finding.Finding) {
	conditions := pairs(r)
	var rows []Row
	var questions []finding.Primary
	var all []finding.Finding
	for _, setup := range r.Setups {
		s, f := slowdownsIn(r, setup, conditions)
		for _, each := range f {
			all = append(all, each)
			if each.Verdict == finding.Inconclusive {
				questions = append(questions, finding.Primary{ID: each.ID, Scope: each.Scope, Question: question(setup,
					r.Options.MaxSlowdown),
					Why: each.Because[0], Level: r.PrimaryLevel()})
			}
		}
		if s != nil {
			rows = append(rows, s.rows...)
			questions = append(questions, s.question())
			all = append(all, s.findings(r)...)
		}
	}
	return rows, questions, all
}

// paired are the conditions of one tenant, by setup, of the trials that have both.
type paired map[string][]run.Conditions

// all are the conditions of every setup. The percentile and the weights of a tenant are the
// same for all of them, so that setups compare alike. A trial that ended early, with a
// quarter of the usual arrivals, does not choose for the others.
func (p paired) all() []run.Conditions {
	var all []run.Conditions
	for _, trials := range p {
		var sizes []int
		for _, t := range trials {
			sizes = append(sizes, smaller(t))
		}
		usual := slices.Sorted(slices.Values(sizes))[len(sizes)/2]
		for i, t := range trials {
			if 4*sizes[i] >= usual {
				all = append(all, t)
			}
		}
	}
	return all
}

// smaller is the number of arrivals under the condition that has fewer.
func smaller(t run.Conditions) int {
	calm, under := t.Arrivals()
	return min(calm, under)
}

// pairs returns the conditions by tenant number, of trials in which the tenant offered
// anything.
func pairs(r *run.Run) map[int]paired {
	out := map[int]paired{}
	for _, tenant := range append([]int{run.Everyone}, r.AbidingTenants()...) {
		out[tenant] = paired{}
		for _, t := range r.Trials {
			c := r.Conditions(t, tenant)
			if c.Paired() && (tenant == run.Everyone || offered(c)) {
				out[tenant][t.Setup] = append(out[tenant][t.Setup], c)
			}
		}
	}
	return out
}

// offered reports whether a tenant offered anything.
func offered(c run.Conditions) bool {
	calm, under := c.Arrivals()
	return calm+under > 0
}

func slowdownsIn(r *run.Run, setup string, conditions map[int]paired) (*judged, []finding.Finding) {
	if len(r.Setup(setup).Tenants) == 1 {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Info, finding.Scope{Setup: setup},
			"The setup has one tenant: there is nothing to isolate.")}
	}
	scope := finding.Scope{Setup: setup}
	if !hasWindow(r, setup, results.WindowNeighbor) {
		if p := r.Results.Manifest.Promises; p != nil && p.Slowdown > 0 && len(r.TrialsOf(setup)) > 0 {
			f := finding.New("ISO-001", finding.Inconclusive, scope, fmt.Sprintf(
				"No trial has a window of the disruptive tenant: a slowdown was not measured, limit %s.", finding.Ratio(p.Slowdown)))
			f.Remedy = "Let a disruptive tenant exceed its load in the experiment, or leave its slowdown limit out."
			return nil, []finding.Finding{f}
		}
		return nil, nil
	}
	if !hasWindow(r, setup, results.WindowBaseline) {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Inconclusive, scope,
			"There is no baseline to compare the window of the disruptive tenant with.")}
	}
	together := conditions[run.Everyone]
	if len(together[setup]) == 0 || !offered(merged(together[setup])) {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Inconclusive, scope,
			"No journey of abiding tenants was offered in both the baseline and the window of the disruptive tenant.")}
	}
	j := &judged{setup: setup, limit: r.Options.MaxSlowdown, level: r.PrimaryLevel()}
	if offered, served := disruption(r, setup); served == 0 {
		j.idle = offered
	}
	j.all = compareOver(r, setup, run.Everyone, r.Strata(together.all()), together[setup])
	for _, tenant := range r.AbidingTenants() {
		if own := conditions[tenant]; len(own[setup]) > 0 {
			j.each = append(j.each, compareOver(r, setup, tenant, r.Strata(own.all()), own[setup]))
		}
	}
	for _, c := range slices.Concat([]compared{j.all}, j.each) {
		j.rows = append(j.rows, rowOf(r, setup, c, j.level))
	}
	j.impact = impact(r, setup, j.rows)
	for i := range j.rows {
		j.rows[i].IQoS = finding.None("ratio", j.impact.Method, 0, "an aggregate over tenants")
		if j.rows[i].Tenant == finding.Everyone {
			j.rows[i].IQoS = j.impact
		}
	}
	return j, nil
}

// merged are the blocks of all trials together.
func merged(trials []run.Conditions) run.Conditions {
	var c run.Conditions
	for _, t := range trials {
		c.Calm, c.Neighbour = append(c.Calm, t.Calm...), append(c.Neighbour, t.Neighbour...)
	}
	return c
}

func hasWindow(r *run.Run, setup, kind string) bool {
	for _, t := range r.TrialsOf(setup) {
		if slices.ContainsFunc(t.Windows, func(w results.Window) bool { return w.Kind == kind }) {
			return true
		}
	}
	return false
}

// disruption counts the journeys of the disruptive tenants in their windows.
func disruption(r *run.Run, setup string) (offered, served int) {
	for _, t := range r.TrialsOf(setup) {
		for i := range t.Journeys {
			rec := &t.Journeys[i]
			if r.Abiding[rec.Tenant] || rec.Window < 0 || t.Windows[rec.Window].Kind != results.WindowNeighbor {
				continue
			}
			offered++
			if rec.Served {
				served++
			}
		}
	}
	return offered, served
}

func rowOf(r *run.Run, setup string, c compared, level float64) Row {
	row := Row{Setup: setup, Tenant: r.TenantName(c.tenant), Quantile: c.percentile(), Slowdown: c.slowdown(level)}
	row.Base, row.Disrupt = c.latency(calmBlocks), c.latency(neighbourBlocks)
	under := c.arrivals(neighbourBlocks)
	if under == 0 || c.arrivals(calmBlocks) == 0 {
		row.Errors = finding.None("share", methodErrors, under, "no arrivals")
		row.Lost = finding.None("share", methodLost, under, "no arrivals")
		return row
	}
	lo, hi := c.under.Interval(level)
	row.Errors = finding.Number(1-c.under.Value, "share", methodErrors, under).Bounded(1-hi, 1-lo, level)
	value, lo, hi := c.lost(level)
	row.Lost = finding.Number(value, "share", methodLost, under).Bounded(lo, hi, level)
	return row
}

// latency is the figure of the typical percentile under one condition.
func (c compared) latency(blocks func(run.Conditions) []effect.Condition) finding.Quantity {
	n := c.arrivals(blocks)
	method := c.percentile() + " of each journey; geometric mean over journeys and trials"
	switch {
	case n == 0:
		return finding.None("s", method, 0, "no arrivals")
	case !c.strata.Known():
		q := finding.None("s", method, n, "too few arrivals")
		q.Need = effect.Need(c.strata.Lowest)
		return q
	}
	value, longest := c.typical(blocks)
	if math.IsInf(value, 1) {
		if longest == 0 {
			return finding.None("s", method, n, "too many arrivals were not served")
		}
		q := finding.Number(longest, "s", method, n, "too many arrivals were not served")
		q.Censored = true
		return q
	}
	return finding.Number(value, "s", method, n)
}
