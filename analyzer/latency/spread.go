package latency

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Beyond the first number of tenants, a run shows some of them: of each setup the slowest,
// the median and the fastest, and the first disruptive ones.
const (
	mostTenants    = 24
	slowestTenants = 6
	mostDisruptive = 4
)

// Spread is how the abiding tenants of a run differ. It is nil for a run of few tenants, which
// shows all of them.
type Spread struct {
	Tenants int         `json:"tenants"` // of the run
	Shown   []string    `json:"shown"`   // tenants with curves, and with rows in reports
	Rows    []SpreadRow `json:"rows"`
}

// SpreadRow is the distribution over the abiding tenants with arrivals in a window of a setup.
// Each tenant counts once, however many arrivals it has.
type SpreadRow struct {
	Setup    string       `json:"setup"`
	Window   string       `json:"window"`
	Tenants  int          `json:"tenants"`
	Latency  Distribution `json:"latency"`  // of the median latency of a tenant, s
	Unserved Distribution `json:"unserved"` // of the share of a tenant's arrivals that were not served
}

// Distribution has three tenants of many: the median, the one at P95, the worst. A value is
// null where it is that of arrivals that were not served.
type Distribution struct {
	Median *float64 `json:"median"`
	P95    *float64 `json:"p95"`
	Worst  *float64 `json:"worst"`
	Who    string   `json:"who"` // the worst; empty: all are alike
}

// spread is nil for a run with few tenants.
func spread(r *run.Run) *Spread {
	if r.Tenants.Len() <= mostTenants {
		return nil
	}
	s := &Spread{Tenants: r.Tenants.Len()}
	shown := make([]bool, r.Tenants.Len())
	for tenant, n := 0, 0; tenant < r.Tenants.Len() && n < mostDisruptive; tenant++ {
		if !r.Abiding[tenant] {
			shown[tenant] = true
			n++
		}
	}
	for _, setup := range r.Setups {
		windows, whole := served(r, setup)
		for _, w := range windows {
			s.Rows = append(s.Rows, spreadRow(r, setup, w))
		}
		for _, tenant := range chosen(whole) {
			shown[tenant] = true
		}
	}
	for tenant, is := range shown {
		if is {
			s.Shown = append(s.Shown, r.TenantName(tenant))
		}
	}
	return s
}

// tenantLatency is how one tenant was served, in a window or in all of them.
type tenantLatency struct {
	tenant   int
	p50, p95 float64 // s, +Inf: among the unserved
	unserved float64 // share of its arrivals
}

// windowTenants are the tenants with arrivals in a window.
type windowTenants struct {
	window  string
	tenants []tenantLatency
}

// served returns how a setup served its abiding tenants after the warm-up: in each window with
// arrivals, and over the whole of it.
func served(r *run.Run, setup string) (each []windowTenants, whole []tenantLatency) {
	trials := r.TrialsOf(setup)
	number := map[string]int{}
	for i, w := range run.WindowsOf(trials) {
		number[w.Name] = i
		each = append(each, windowTenants{window: w.Name})
	}
	for _, tenant := range r.AbidingTenants() {
		waited := make([][]float64, len(each))
		for _, t := range trials {
			for rec := range r.JourneysOf(t, tenant) {
				if rec.Window >= 0 && t.Windows[rec.Window].Kind != results.WindowWarmup {
					w := number[t.Windows[rec.Window].Name]
					waited[w] = append(waited[w], rec.Seconds())
				}
			}
		}
		for w, x := range waited {
			if len(x) > 0 {
				each[w].tenants = append(each[w].tenants, described(tenant, x))
			}
		}
		if all := slices.Concat(waited...); len(all) > 0 {
			whole = append(whole, described(tenant, all))
		}
	}
	return slices.DeleteFunc(each, func(w windowTenants) bool { return len(w.tenants) == 0 }), whole
}

// described reduces the latencies of a tenant, and sorts them.
func described(tenant int, x []float64) tenantLatency {
	slices.Sort(x)
	reached := sort.SearchFloat64s(x, math.Inf(1))
	return tenantLatency{tenant: tenant, p50: quantile.Type1(x, 0.5), p95: quantile.Type1(x, 0.95),
		unserved: float64(len(x)-reached) / float64(len(x))}
}

// chosen returns the slowest tenants, the median one and the fastest, by P95 with unserved
// arrivals last, then by their share.
func chosen(tenants []tenantLatency) []int {
	slices.SortStableFunc(tenants, func(a, b tenantLatency) int {
		return cmp.Or(cmp.Compare(b.p95, a.p95), cmp.Compare(b.unserved, a.unserved), cmp.Compare(b.p50, a.p50))
	})
	var all []int
	for i, t := range tenants {
		if i < slowestTenants || i == len(tenants)/2 || i == len(tenants)-1 {
			all = append(all, t.tenant)
		}
	}
	return all
}

func spreadRow(r *run.Run, setup string, w windowTenants) SpreadRow {
	return SpreadRow{Setup: setup, Window: w.window, Tenants: len(w.tenants),
		Latency:  distribution(r, w.tenants, func(t tenantLatency) float64 { return t.p50 }),
		Unserved: distribution(r, w.tenants, func(t tenantLatency) float64 { return t.unserved })}
}

// distribution names the worst tenant, unless all are alike.
func distribution(r *run.Run, tenants []tenantLatency, value func(tenantLatency) float64) Distribution {
	sorted := slices.SortedStableFunc(slices.Values(tenants), func(a, b tenantLatency) int {
		return cmp.Compare(value(a), value(b))
	})
	values := make([]float64, len(sorted))
	for i, t := range sorted {
		values[i] = value(t)
	}
	last := len(sorted) - 1
	d := Distribution{Median: finding.Finite(quantile.Type1(values, 0.5)), P95: finding.Finite(quantile.Type1(values, 0.95)),
		Worst: finding.Finite(values[last])}
	if last == 0 || values[last] > values[0] {
		d.Who = r.TenantName(sorted[last].tenant)
	}
	return d
}
