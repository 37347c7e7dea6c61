package analyzer

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

const (
	methodJob   = "type 1 percentile of queued to done, what was not done sorts last; order-statistic interval"
	methodDrain = "end of the load to the end of the last job"
)

// jobKey names a group of background work.
type jobKey struct{ setup, window, kind, tenant, job string }

// jobGroup is what became of it.
type jobGroup struct {
	latency                          []float64 // s, +Inf for what was not done
	queued, undone, failed, repeated int
	longest, drain                   float64
}

// background describes the background work by window, tenant and kind, beside what
// people saw in the same window, and judges whether it got done (BKG-).
func (d *dataset) background() ([]BackgroundRow, []Finding) {
	groups := map[jobKey]*jobGroup{}
	var keys []jobKey
	for _, t := range d.trials {
		if t.jobs == nil {
			continue
		}
		for job, err := range t.jobs {
			if err != nil {
				break
			}
			i := slices.IndexFunc(t.windows, func(w results.Window) bool { return w.From <= job.Queued && job.Queued < w.To })
			if i < 0 || t.windows[i].Kind == results.WindowWarmup {
				continue
			}
			for _, tenant := range []string{Everyone, job.Tenant} {
				key := jobKey{t.Setup, t.windows[i].Name, t.windows[i].Kind, tenant, job.Kind}
				if groups[key] == nil {
					groups[key] = &jobGroup{}
					keys = append(keys, key)
				}
				groups[key].add(job, t.end)
			}
		}
	}
	var rows []BackgroundRow
	for _, key := range keys {
		rows = append(rows, d.backgroundRow(key, groups[key]))
	}
	return rows, d.backgroundFindings(rows)
}

func (g *jobGroup) add(job results.Job, end results.Offset) {
	g.queued++
	if job.Tries > 1 {
		g.repeated++
	}
	switch {
	case job.Failed:
		g.failed++
		g.latency = append(g.latency, math.Inf(1))
	case job.Done == results.Never:
		g.undone++
		g.latency = append(g.latency, math.Inf(1))
	default:
		took := max((job.Done - job.Queued).Seconds(), 0)
		g.latency = append(g.latency, took)
		g.longest = max(g.longest, took)
		g.drain = max(g.drain, (job.Done - end).Seconds())
	}
}

func (d *dataset) backgroundRow(key jobKey, g *jobGroup) BackgroundRow {
	row := BackgroundRow{Setup: key.setup, Window: key.window, Kind: key.kind, Tenant: key.tenant, Job: key.job,
		Queued: g.queued, Undone: g.undone, Failed: g.failed, Repeated: g.repeated,
		P50:         percentile(quantile.Of(g.latency, 0.5, d.opts.Level), g.longest, methodJob),
		P95:         percentile(quantile.Of(g.latency, 0.95, d.opts.Level), g.longest, methodJob),
		Longest:     number(g.longest, "s", "longest of those that were done", g.queued-g.undone-g.failed),
		Interactive: d.interactive(key),
		Drain:       number(max(g.drain, 0), "s", methodDrain, g.queued-g.undone-g.failed)}
	if g.undone > 0 {
		row.Drain.Censored = true
		row.Drain.Warnings = append(row.Drain.Warnings, fmt.Sprintf("%d were not done when the target was read", g.undone))
	}
	return row
}

// interactive is the median journey of the same tenant and window.
func (d *dataset) interactive(key jobKey) Quantity {
	var x []float64
	longest := 0.0
	for _, t := range d.of(key.setup) {
		for i := range t.journeys {
			r := &t.journeys[i]
			other := key.tenant != Everyone && d.tenantName(int(r.tenant)) != key.tenant
			if r.window < 0 || t.windows[r.window].Name != key.window || other {
				continue
			}
			x = append(x, math.Inf(1))
			if r.served {
				x[len(x)-1] = float64(r.latency) / 1e6
			}
			longest = max(longest, float64(r.latency)/1e6)
		}
	}
	return percentile(quantile.Of(x, 0.5, d.opts.Level), longest, methodLatency)
}

// backgroundFindings is BKG-001 and BKG-002, by setup.
func (d *dataset) backgroundFindings(rows []BackgroundRow) []Finding {
	var all []Finding
	for _, setup := range d.setups {
		queued, undone, failed := 0, 0, 0
		var words []string
		drain := 0.0
		for _, r := range rows {
			if r.Setup != setup || r.Tenant != Everyone {
				continue
			}
			queued, undone, failed = queued+r.Queued, undone+r.Undone, failed+r.Failed
			drain = max(drain, r.Drain.Value)
			if !r.P50.Missing {
				words = append(words, fmt.Sprintf("%s in %s: median %.2f s, longest %.1f s of %d", r.Job, r.Window, r.P50.Value,
					r.Longest.Value, r.Queued))
			}
		}
		if queued == 0 {
			continue
		}
		verdict, text := Pass, fmt.Sprintf("All of %d jobs were done.", queued)
		if undone+failed > 0 {
			verdict = Fail
			text = fmt.Sprintf("Of %d jobs %d were not done when the target was read after the load, and %d had failed.", queued,
				undone, failed)
		}
		q := number(float64(undone+failed), "count", "read from the target's own records after the load", queued)
		all = append(all, finding("BKG-001", verdict, Scope{Setup: setup}, text).with(q))
		pace := finding("BKG-002", Info, Scope{Setup: setup}, words...)
		all = append(all, pace.with(number(drain, "s", methodDrain, queued)))
	}
	return all
}
