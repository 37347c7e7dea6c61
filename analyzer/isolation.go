package analyzer

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// mixed is a tenant's latency over all its journeys in one window, trial by trial
// and pooled.
type mixed struct {
	pooled  quantile.Estimate
	longest float64
	trials  []float64 // the percentile in each trial, NaN where refused
	n       int
	failed  int
	seconds float64
}

// isolation measures what the disruptive tenants do to the abiding ones: their
// windows against the baseline of the same trials.
func (d *dataset) isolation() ([]IsolationRow, []Finding) {
	var rows []IsolationRow
	var all []Finding
	for _, setup := range d.setups {
		r, f := d.isolationOf(setup)
		rows = append(rows, r...)
		all = append(all, f...)
	}
	return rows, all
}

func (d *dataset) isolationOf(setup string) ([]IsolationRow, []Finding) {
	if len(d.setup(setup).Tenants) == 1 {
		return nil, []Finding{finding("ISO-001", Info, Scope{Setup: setup}, "There is one tenant: nobody has to be kept apart.")}
	}
	if !d.hasWindow(setup, results.WindowNeighbor) {
		return nil, nil
	}
	scope := Scope{Setup: setup}
	if !d.hasWindow(setup, results.WindowBaseline) {
		return nil, []Finding{finding("ISO-001", Inconclusive, scope, "There is no baseline to compare the neighbour's window with.")}
	}
	tenants := []int{everyone}
	for i, abiding := range d.abiding {
		if abiding {
			tenants = append(tenants, i)
		}
	}
	if !d.bothServed(setup) {
		return nil, []Finding{finding("ISO-001", Inconclusive, scope,
			"No journey of abiding tenants was offered both in the baseline and in the neighbour's window.")}
	}
	together, each := d.isolationPercentiles(setup, tenants[1:])
	var rows []IsolationRow
	for _, tenant := range tenants {
		at, level := each, 1-(1-d.opts.Level)/float64(max(len(tenants)-1, 1)) // all tenants' intervals hold together
		if tenant == everyone {
			at, level = together, d.opts.Level
		}
		ref, disr := d.mixed(setup, tenant, results.WindowBaseline, at, level), d.mixed(setup, tenant, results.WindowNeighbor,
			at, level)
		if ref.n+disr.n == 0 {
			continue
		}
		rows = append(rows, d.isolationRow(setup, tenant, at, level, ref, disr))
	}
	impact := d.impact(setup, each, tenants[1:])
	for i := range rows {
		rows[i].IQoS = none("ratio", impact.Method, 0, "an aggregate over tenants")
		if rows[i].Tenant == Everyone {
			rows[i].IQoS = impact
		}
	}
	return rows, d.isolationFindings(setup, rows, impact)
}

func (d *dataset) hasWindow(setup, kind string) bool {
	for _, t := range d.of(setup) {
		if slices.ContainsFunc(t.windows, func(w results.Window) bool { return w.Kind == kind }) {
			return true
		}
	}
	return false
}

// bothServed reports whether some journey of the abiding tenants has arrivals in both
// windows.
func (d *dataset) bothServed(setup string) bool {
	return slices.Contains(d.commonJourneys(setup, everyone), true)
}

// isolationPercentiles picks the percentile for all abiding tenants together, the
// highest of P95, P90 and P50 that has an interval in both windows, and the one for
// single tenants, the highest that has one for each of them, so that tenants are
// compared alike. Waits that depend on each other make an interval wider than the
// number of arrivals says; a percentile without an upper bound decides nothing. Where
// even a median is too much, rows refuse it and say why.
func (d *dataset) isolationPercentiles(setup string, tenants []int) (together, each int) {
	bounded := func(tenant, at int, level float64) bool {
		for _, kind := range []string{results.WindowBaseline, results.WindowNeighbor} {
			e := d.mixed(setup, tenant, kind, at, level).pooled
			if e.N > 0 && !hasInterval(e) {
				return false
			}
		}
		return true
	}
	highest := func(tenants []int, level float64) int {
		for _, at := range []int{atP95, atP90} {
			if !slices.ContainsFunc(tenants, func(tenant int) bool { return !bounded(tenant, at, level) }) {
				return at
			}
		}
		return atP50
	}
	share := 1 - (1-d.opts.Level)/float64(max(len(tenants), 1))
	return highest([]int{everyone}, d.opts.Level), highest(tenants, share)
}

// hasInterval reports whether a percentile has both bounds; one among the unserved has
// none above, and that is the answer.
func hasInterval(e quantile.Estimate) bool {
	return !e.Refused && !math.IsInf(e.Lo, -1) && (!math.IsInf(e.Hi, 1) || e.Censored)
}

// mixed pools a tenant's journeys over windows of a kind. Journeys that occur in
// only one of the two windows would compare unlike things: only those with arrivals
// in both kinds count.
func (d *dataset) mixed(setup string, tenant int, kind string, at int, level float64) mixed {
	common := d.commonJourneys(setup, tenant)
	var m mixed
	var pooled []uint32
	longest := uint32(0)
	for _, t := range d.of(setup) {
		var us []uint32
		for i := range t.journeys {
			r := &t.journeys[i]
			if r.window < 0 || t.windows[r.window].Kind != kind || !common[r.journey] {
				continue
			}
			if tenant == everyone && !d.abiding[r.tenant] || tenant != everyone && int(r.tenant) != tenant {
				continue
			}
			us = append(us, r.waited())
			longest = max(longest, r.latency)
			if !r.served {
				m.failed++
			}
		}
		for _, w := range t.windows {
			if w.Kind == kind {
				m.seconds += (w.To - w.From).Seconds()
			}
		}
		pooled = append(pooled, us...)
		m.trials = append(m.trials, quantile.Of(seconds(us), levels()[at], level).Value)
	}
	m.n = len(pooled)
	m.longest = float64(longest) / 1e6
	m.pooled = quantile.Of(seconds(pooled), levels()[at], level)
	return m
}

func (d *dataset) commonJourneys(setup string, tenant int) []bool {
	in := func(kind, journey string) bool {
		for _, row := range d.windowRows {
			if row.Setup == setup && row.Tenant == d.tenantName(tenant) && row.Kind == kind && row.Journey == journey {
				return true
			}
		}
		return false
	}
	common := make([]bool, d.journeys.len())
	for i, name := range d.journeys.list {
		common[i] = in(results.WindowBaseline, name) && in(results.WindowNeighbor, name)
	}
	return common
}

func (d *dataset) isolationRow(setup string, tenant, at int, level float64, ref, disr mixed) IsolationRow {
	row := IsolationRow{Setup: setup, Tenant: d.tenantName(tenant), Quantile: levelNames()[at]}
	method := fmt.Sprintf("%s over journeys that occur in both windows", levelNames()[at])
	row.Base = percentile(ref.pooled, ref.longest, method)
	row.Disrupt = percentile(disr.pooled, disr.longest, method)
	row.Slowdown = slowdownFigure(ref, disr, level, levelNames()[at])
	if disr.n > 0 {
		row.Errors = number(float64(disr.failed)/float64(disr.n), "share", "arrivals not served in the neighbour's window", disr.n)
	} else {
		row.Errors = none("share", "arrivals not served in the neighbour's window", 0, "no arrivals")
	}
	return row
}

// slowdownFigure is the ratio of the percentiles: over pairs of windows trial by
// trial from three trials on, else from within the trials.
func slowdownFigure(ref, disr mixed, level float64, name string) Quantity {
	disrupted := boundedOf(disr.pooled)
	if math.IsInf(disrupted.Value, 1) {
		disrupted.Lo = disr.longest
	}
	within := isolation.Slowdown(boundedOf(ref.pooled), disrupted)
	paired := compare.Paired(ref.trials, disr.trials, level)
	method := name + " under the neighbour over " + name + " before; "
	switch {
	case ref.pooled.Refused || disr.pooled.Refused:
		q := none("ratio", method+"refused", min(ref.n, disr.n), fmt.Sprintf("n=%d before and %d under the neighbour, %s takes %d",
			ref.n, disr.n, name, max(ref.pooled.Need, disr.pooled.Need)))
		q.Need = max(ref.pooled.Need, disr.pooled.Need)
		return q
	case math.IsInf(within.Value, 1):
		q := number(within.Lo, "ratio", method+"the former was not reached", len(ref.trials),
			"more arrivals than the percentile allows were not served")
		q.Censored = !q.Missing
		return q
	case math.IsInf(boundedOf(ref.pooled).Value, 1):
		return none("ratio", method+"the latter was not reached", len(ref.trials),
			"before the neighbour more arrivals than the percentile allows were not served")
	case paired.Decides:
		return ratioOf(compare.Bounded{Value: paired.Value, Lo: paired.Lo, Hi: paired.Hi}, paired.N, level, method+paired.Method)
	}
	return ratioOf(within, len(ref.trials), level, method+"interval from within the trials",
		fmt.Sprintf("%d trials do not show how much runs vary", len(ref.trials)))
}
