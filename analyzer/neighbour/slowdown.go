package neighbour

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// methodErrors is the method of the share of errors in a row.
const methodErrors = "arrivals not served in the window of the disruptive tenant"

// mixed is the latency of a tenant over its journeys in windows of one kind.
type mixed struct {
	pooled  quantile.Estimate // s, over the trials
	longest float64           // s
	trials  []float64         // s, the percentile in each trial, NaN where refused
	n       int
	failed  int
	seconds float64 // length of the windows
}

// slowdowns compares the windows of disruptive tenants with the baseline of the same
// trials, in each setup.
func slowdowns(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	var all []finding.Finding
	for _, setup := range r.Setups {
		r, f := slowdownsIn(r, setup)
		rows = append(rows, r...)
		all = append(all, f...)
	}
	return rows, all
}

func slowdownsIn(r *run.Run, setup string) ([]Row, []finding.Finding) {
	if len(r.Setup(setup).Tenants) == 1 {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Info, finding.Scope{Setup: setup},
			"The setup has one tenant: there is nothing to isolate.")}
	}
	if !hasWindow(r, setup, results.WindowNeighbor) {
		return nil, nil
	}
	scope := finding.Scope{Setup: setup}
	if !hasWindow(r, setup, results.WindowBaseline) {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Inconclusive, scope,
			"There is no baseline to compare the window of the disruptive tenant with.")}
	}
	tenants := append([]int{run.Everyone}, r.AbidingTenants()...)
	if !bothServed(r, setup) {
		return nil, []finding.Finding{finding.New("ISO-001", finding.Inconclusive, scope,
			"No journey of abiding tenants was offered in both the baseline and the window of the disruptive tenant.")}
	}
	together, each := percentilesFor(r, setup, tenants[1:])
	var rows []Row
	for _, tenant := range tenants {
		at, level := each, 1-(1-r.Options.Level)/float64(max(len(tenants)-1, 1)) // the intervals of all tenants hold together
		if tenant == run.Everyone {
			at, level = together, r.Options.Level
		}
		ref := mix(r, setup, tenant, results.WindowBaseline, at, level)
		disr := mix(r, setup, tenant, results.WindowNeighbor, at, level)
		if ref.n+disr.n == 0 {
			continue
		}
		rows = append(rows, rowOf(r, setup, tenant, at, level, ref, disr))
	}
	impact := impact(r, setup, each, tenants[1:])
	for i := range rows {
		rows[i].IQoS = finding.None("ratio", impact.Method, 0, "an aggregate over tenants")
		if rows[i].Tenant == finding.Everyone {
			rows[i].IQoS = impact
		}
	}
	return rows, findings(r, setup, rows, impact)
}

func hasWindow(r *run.Run, setup, kind string) bool {
	for _, t := range r.TrialsOf(setup) {
		if slices.ContainsFunc(t.Windows, func(w results.Window) bool { return w.Kind == kind }) {
			return true
		}
	}
	return false
}

// bothServed reports whether a journey of the abiding tenants has arrivals in both windows.
func bothServed(r *run.Run, setup string) bool {
	return slices.Contains(commonJourneys(r, setup, run.Everyone), true)
}

// percentilesFor chooses two percentiles: for all abiding tenants together, and for single
// tenants. Each is the highest of P95, P90 and P50 with an interval in both windows; for
// single tenants it must have one for every tenant, so that they compare alike. Where even
// P50 has none, the row of the tenant is refused with the reason.
func percentilesFor(r *run.Run, setup string, tenants []int) (together, each int) {
	bounded := func(tenant, at int, level float64) bool {
		for _, kind := range []string{results.WindowBaseline, results.WindowNeighbor} {
			e := mix(r, setup, tenant, kind, at, level).pooled
			if e.N > 0 && !hasInterval(e) {
				return false
			}
		}
		return true
	}
	highest := func(tenants []int, level float64) int {
		for _, at := range []int{run.P95, run.P90} {
			if !slices.ContainsFunc(tenants, func(tenant int) bool { return !bounded(tenant, at, level) }) {
				return at
			}
		}
		return run.P50
	}
	share := 1 - (1-r.Options.Level)/float64(max(len(tenants), 1))
	return highest([]int{run.Everyone}, r.Options.Level), highest(tenants, share)
}

// hasInterval reports whether a percentile has both bounds. A percentile among unserved
// arrivals counts: it has no upper bound.
func hasInterval(e quantile.Estimate) bool {
	return !e.Refused && !math.IsInf(e.Lo, -1) && (!math.IsInf(e.Hi, 1) || e.Censored)
}

// mix pools the journeys of a tenant over windows of a kind. Only journeys with arrivals in
// both the baseline and the window of the disruptive tenant count, so that like is compared
// with like.
func mix(r *run.Run, setup string, tenant int, kind string, at int, level float64) mixed {
	common := commonJourneys(r, setup, tenant)
	var m mixed
	var pooled []uint32
	longest := uint32(0)
	for _, t := range r.TrialsOf(setup) {
		var us []uint32
		for i := range t.Journeys {
			rec := &t.Journeys[i]
			if rec.Window < 0 || t.Windows[rec.Window].Kind != kind || !common[rec.Journey] || !r.IsOf(rec, tenant) {
				continue
			}
			us = append(us, rec.Waited())
			longest = max(longest, rec.Latency)
			if !rec.Served {
				m.failed++
			}
		}
		for _, w := range t.Windows {
			if w.Kind == kind {
				m.seconds += (w.To - w.From).Seconds()
			}
		}
		pooled = append(pooled, us...)
		m.trials = append(m.trials, quantile.Of(run.Seconds(us), run.Levels()[at], level).Value)
	}
	m.n = len(pooled)
	m.longest = float64(longest) / 1e6
	m.pooled = quantile.Of(run.Seconds(pooled), run.Levels()[at], level)
	return m
}

// commonJourneys reports by number which journeys of a tenant occur in both windows.
func commonJourneys(r *run.Run, setup string, tenant int) []bool {
	in := func(kind string, journey int) bool {
		return slices.ContainsFunc(r.Windows, func(w *run.Described) bool {
			return w.Key.Setup == setup && w.Key.Tenant == tenant && w.Window.Kind == kind && w.Key.Journey == journey
		})
	}
	common := make([]bool, r.Journeys.Len())
	for i := range common {
		common[i] = in(results.WindowBaseline, i) && in(results.WindowNeighbor, i)
	}
	return common
}

func rowOf(r *run.Run, setup string, tenant, at int, level float64, ref, disr mixed) Row {
	row := Row{Setup: setup, Tenant: r.TenantName(tenant), Quantile: run.LevelNames()[at]}
	method := fmt.Sprintf("%s of journeys that occur in both windows", run.LevelNames()[at])
	row.Base = finding.Percentile(ref.pooled, ref.longest, method)
	row.Disrupt = finding.Percentile(disr.pooled, disr.longest, method)
	row.Slowdown = slowdownFigure(ref, disr, level, run.LevelNames()[at])
	if disr.n > 0 {
		row.Errors = finding.Number(float64(disr.failed)/float64(disr.n), "share", methodErrors, disr.n)
	} else {
		row.Errors = finding.None("share", methodErrors, 0, "no arrivals")
	}
	return row
}

// slowdownFigure returns the ratio of two percentiles. Its interval comes from the pairs of
// windows of the trials when there are three or more, else from within the trials.
func slowdownFigure(ref, disr mixed, level float64, name string) finding.Quantity {
	disrupted := finding.BoundedOf(disr.pooled)
	if math.IsInf(disrupted.Value, 1) {
		disrupted.Lo = disr.longest
	}
	within := isolation.Slowdown(finding.BoundedOf(ref.pooled), disrupted)
	paired := compare.Paired(ref.trials, disr.trials, level)
	method := name + " under the disruptive tenant over " + name + " of the baseline; "
	switch {
	case ref.pooled.Refused || disr.pooled.Refused:
		need := max(ref.pooled.Need, disr.pooled.Need)
		q := finding.None("ratio", method+"refused", min(ref.n, disr.n), fmt.Sprintf(
			"n=%s in the baseline and %s under the disruptive tenant; %s needs %s", finding.Count(ref.n), finding.Count(disr.n), name,
			finding.Count(need)))
		q.Need = need
		return q
	case math.IsInf(within.Value, 1):
		q := finding.Number(within.Lo, "ratio", method+"the former is among unserved arrivals", len(ref.trials),
			"too many arrivals were not served")
		q.Censored = !q.Missing
		return q
	case math.IsInf(finding.BoundedOf(ref.pooled).Value, 1):
		return finding.None("ratio", method+"the latter is among unserved arrivals", len(ref.trials),
			"too many arrivals of the baseline were not served")
	case paired.Decides:
		return finding.RatioOf(compare.Bounded{Value: paired.Value, Lo: paired.Lo, Hi: paired.Hi}, paired.N, level,
			method+paired.Method)
	}
	return finding.RatioOf(within, len(ref.trials), level, method+"interval from within the trials",
		finding.Plural(len(ref.trials), "trial")+": too few to show how much trials vary")
}
