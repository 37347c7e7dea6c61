package attribution

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// bins is a trial in equal bins: load, service and telemetry.
type bins struct {
	width  float64 // s
	from   results.Offset
	load   []float64 // arrivals of all tenants a second
	missed []float64 // share of arrivals of abiding tenants not served as usual
	late   []float64 // share of them not served, or slower than lateFactor medians
	calm   []bool    // the bin lies in a calm window
	series []binnedSeries
}

// binnedSeries is one telemetry series of a component over the bins.
type binnedSeries struct {
	name, component string
	values          []float64
}

// lateFactor limits the latency of an arrival that is not late, in multiples of the calm
// median of its journey. Unlike the usual service, which depends on the P95, it holds in a
// trial that is also late in its calm windows.
const lateFactor = 4

// binned cuts a trial into bins after its warm-up. A bin has about five arrivals, like those
// of recoveries.
func binned(r *run.Run, t *run.Trial, u run.Usual) bins {
	b := bins{width: resilience.BinWidth(u.Rate), from: t.Warmup}
	n := int((t.End - t.Warmup).Seconds() / b.width)
	if n <= 0 || n > 10*run.MostBins {
		return b
	}
	b.load, b.calm = make([]float64, n), make([]bool, n)
	b.missed, b.late = make([]float64, n), make([]float64, n)
	offered := make([]int, n)
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		at := b.at(rec.At)
		if at < 0 || at >= n {
			continue
		}
		b.load[at] += 1 / b.width
		if !r.Abiding[rec.Tenant] {
			continue
		}
		offered[at]++
		if !u.Within(rec) {
			b.missed[at]++
		}
		if !rec.Served || float64(rec.Latency) > lateFactor*u.Median[rec.Journey] {
			b.late[at]++
		}
	}
	for i, arrivals := range offered {
		switch {
		case arrivals > 0:
			b.missed[i] /= float64(arrivals)
			b.late[i] /= float64(arrivals)
		case i > 0: // no arrival
			b.missed[i], b.late[i] = b.missed[i-1], b.late[i-1]
		}
		middle := b.from + results.Offset((float64(i)+0.5)*b.width*1e9)
		at := run.WindowAt(t.Windows, middle)
		b.calm[i] = at >= 0 && run.Calm(t.Windows[at].Kind)
	}
	b.series = pressures(t, b)
	return b
}

// at returns the bin of a time, negative before the first.
func (b bins) at(t results.Offset) int { return int(math.Floor((t - b.from).Seconds() / b.width)) }

// pressures returns the series of a trial that can explain late journeys: those with a
// better direction. It leaves out the outcome itself (latencies and errors of the ingress),
// and whether a component is up. Readings of single tenants are summed; of ages the oldest
// counts.
func pressures(t *run.Trial, b bins) []binnedSeries {
	type cell struct{ sum, oldest, whole, n, wholes float64 }
	cells := map[run.SeriesKey][]cell{}
	units := map[run.SeriesKey]string{}
	for p := range t.Numbers() {
		at := b.at(p.At)
		if at < 0 || at >= len(b.late) || !strains(p) {
			continue
		}
		key := run.SeriesKey{Series: p.Series, Component: p.Component}
		if cells[key] == nil {
			cells[key] = make([]cell, len(b.late))
			units[key] = p.Unit
		}
		c := &cells[key][at]
		if p.Tenant == "" {
			c.whole, c.wholes = c.whole+p.Value, c.wholes+1
			continue
		}
		c.sum, c.n, c.oldest = c.sum+p.Value, c.n+1, max(c.oldest, p.Value)
	}
	var all []binnedSeries
	for key, of := range cells {
		x := make([]float64, len(of))
		for i, c := range of {
			switch {
			case c.wholes > 0:
				x[i] = c.whole / c.wholes
			case c.n > 0 && units[key] == "s":
				x[i] = c.oldest
			case c.n > 0:
				x[i] = c.sum / b.width
			default:
				x[i] = math.NaN()
			}
		}
		if filled, ok := carriedOver(x); ok {
			all = append(all, binnedSeries{key.Series, key.Component, filled})
		}
	}
	slices.SortFunc(all, func(a, b binnedSeries) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.component, b.component))
	})
	return all
}

// strains reports whether a reading belongs to a series that can explain late journeys.
func strains(p results.Point) bool {
	if p.Better != "lower" && p.Better != "higher" || strings.Contains(p.Series, "[") {
		return false
	}
	for _, outcome := range []string{"ingress.", "odoo.errors", "process.", "odoo.listening"} {
		if strings.HasPrefix(p.Series, outcome) {
			return false
		}
	}
	return !strings.HasSuffix(p.Series, ".up") && !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0)
}

// carriedOver fills a bin without a reading with the one before. It is false when more than
// a fifth of the bins have none, or when the series never changes.
func carriedOver(x []float64) ([]float64, bool) {
	first := slices.IndexFunc(x, func(v float64) bool { return !math.IsNaN(v) })
	if first < 0 {
		return nil, false
	}
	missing, changes := 0, false
	last := x[first]
	for i, v := range x {
		if math.IsNaN(v) {
			missing++
			x[i] = last
			continue
		}
		changes = changes || v != last
		last = v
	}
	return x, changes && 5*missing <= len(x)
}

// what returns the words for a series.
func (s binnedSeries) what() string {
	plain := map[string]string{
		"jobs.outbox": "the queue of outgoing messages", "jobs.outbox.age": "the age of the oldest outgoing message",
		"jobs.queue": "the queue of jobs", "jobs.mail": "the queue of mails",
		"odoo.queue.waiting": "the queue of requests at Odoo", "odoo.retries": "retries of transactions",
		"postgres.sessions.wait.lock":   "sessions waiting for a lock",
		"postgres.locks.longest_wait":   "the longest wait for a lock",
		"postgres.sessions.wait.io":     "sessions waiting for disk",
		"postgres.transactions.longest": "the age of the oldest transaction",
		"redis.queue.length":            "the queue in Redis", "redis.ping": "the time of a Redis ping",
		"host.cpu.pressure": "pressure on the processors", "host.io.pressure": "pressure on the disks",
		"business.pickings.open": "open pickings", "business.pickings.open.age": "the age of the oldest open picking",
	}
	if words, ok := plain[s.name]; ok {
		return fmt.Sprintf("%s (%s of %s)", words, s.name, s.component)
	}
	return fmt.Sprintf("%s of %s", s.name, s.component)
}
