package carried

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// limit is a reading at which a resource counts as full.
type limit struct {
	series string
	at     float64 // mean over a step
	words  string
}

// limits returns the watched resources, in the order in which a request uses them. The limit
// of busy workers depends on the setup.
func limits(workers int) []limit {
	all := []limit{
		{"odoo.queue.waiting", 1, "requests wait for a worker"},
		{"postgres.sessions.wait.lock", 1, "sessions wait for locks in PostgreSQL"},
		{"postgres.sessions.wait.io", 1, "sessions wait for the disk in PostgreSQL"},
		{"redis.clients.rejected", 0.1, "Redis refuses connections"},
		{"cgroup.throttled", 0.25, "the cgroup is throttled"},
		{"host.cpu", 0.9, "the machine has no processor left"},
	}
	if workers > 0 {
		all = slices.Insert(all, 0, limit{"odoo.workers.busy", 0.9 * float64(workers), "the workers are busy"})
	}
	return all
}

// saturated returns the resources that reached their limits, the one at the lowest load
// first. A reading is the mean over a step, the largest of the trials.
func saturated(r *run.Run, setup string, steps []Step) []Saturation {
	rates := map[float64]float64{}
	for _, s := range steps {
		rates[s.Level] = s.Rate
	}
	first := map[run.SeriesKey]Saturation{}
	order := map[string]int{}
	watched := limits(r.Setup(setup).Workers)
	var names []string
	for i, l := range watched {
		order[l.series] = i
		names = append(names, l.series)
	}
	for _, t := range r.TrialsOf(setup) {
		for key, readings := range t.Series(names...) {
			l := watched[order[key.Series]]
			for _, w := range t.Windows {
				mean, ok := meanIn(readings, w)
				if !ok || mean < l.at || w.Step == nil || w.Kind == results.WindowNeighbor {
					continue
				}
				s := Saturation{Series: key.Series, Component: key.Component, Rate: rates[w.Step.Level], Value: mean, Limit: l.at,
					Words: l.words}
				if was, there := first[key]; !there || s.Rate < was.Rate || s.Rate == was.Rate && s.Value > was.Value {
					first[key] = s
				}
			}
		}
	}
	var all []Saturation
	for _, s := range first {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Saturation) int {
		return cmp.Or(cmp.Compare(a.Rate, b.Rate), cmp.Compare(order[a.Series], order[b.Series]),
			strings.Compare(a.Component, b.Component))
	})
	return all
}

// meanIn returns the mean of the readings in a window.
func meanIn(readings []run.Reading, w results.Window) (float64, bool) {
	sum, n := 0.0, 0
	for _, r := range readings {
		if r.At >= w.From && r.At < w.To {
			sum += r.Value
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// sentence states what was full, where and from which load on.
func (s Saturation) sentence() string {
	where := ""
	if s.Component != "" {
		where = " (" + s.Component + ")"
	}
	return fmt.Sprintf("From %s arrivals a second on %s%s: %s is %s, limit %s.", finding.Decimal(s.Rate), s.Words, where, s.Series,
		finding.Decimal(s.Value), finding.Decimal(s.Limit))
}
