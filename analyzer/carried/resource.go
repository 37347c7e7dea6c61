package carried

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/results"
)

// Resource is a part of a setup that can be full, with its use on each step of a ladder.
type Resource struct {
	Name      string  `json:"name"` // workers, connections, ...
	Series    string  `json:"series"`
	Component string  `json:"component,omitempty"`
	Limit     float64 `json:"limit"` // reading at which it is full
	Uses      []Use   `json:"uses"`  // by ascending rate; the shares ascend
}

// Use is the share of a resource's limit that a step used, mean over the step.
type Use struct {
	Rate  float64 `json:"rate"` // arrivals a second
	Share float64 `json:"share"`
}

// watched is a series with its limit: a number, or the reading of another series.
type watched struct {
	name, series string
	at           float64
	limit        string
}

// resources lists what can be full. 0 stands for a limit that another series reports.
func resources(workers int) []watched {
	all := []watched{
		{"CPU of the machine", "host.cpu", 1, ""},
		{"CPU of the group", "cgroup.cpu", 0, "cgroup.cpu.limit"},
		{"memory of the machine", "host.memory.used", 1, ""},
		{"database connections", "postgres.sessions", 0, "postgres.sessions.limit"},
		{"database locks", "postgres.sessions.wait.lock", 1, ""},
		{"disk of the database", "postgres.sessions.wait.io", 1, ""},
		{"Redis memory", "redis.memory", 0, "redis.memory.limit"},
		{"queue of jobs", "jobs.queue.age", 60, ""},
		{"carrier's queue", "jobs.outbox.age", 60, ""},
	}
	if workers > 0 {
		all = slices.Insert(all, 0, watched{"workers", "odoo.workers.busy", float64(workers), ""})
	}
	return all
}

// Resources returns the use of each watched resource that a run has readings of. A series of
// tenants counts with its largest tenant.
func Resources(r *run.Run, setup string) []Resource {
	steps := Steps(r, setup, 0)
	if len(steps) == 0 {
		return nil
	}
	perLevel := arrivalsPerLevel(steps)
	means := stepMeans(r, setup)
	var all []Resource
	for _, w := range resources(r.Setup(setup).Workers) {
		for _, component := range means.components(w.series) {
			res := Resource{Name: w.name, Series: w.series, Component: component, Limit: w.at}
			for _, runs := range steps {
				level := runs[0].level
				limit := w.at
				if w.limit != "" {
					limit = means[reading{w.limit, component, level}].mean()
				}
				m, ok := means[reading{w.series, component, level}]
				if !ok || !(limit > 0) || math.IsNaN(m.mean()) {
					continue
				}
				res.Limit = limit
				res.Uses = append(res.Uses, Use{Rate: perLevel * level, Share: m.mean() / limit})
			}
			if len(res.Uses) > 0 {
				res.ascend()
				all = append(all, res)
			}
		}
	}
	return all
}

// ascend makes the shares ascend with the rate.
func (res *Resource) ascend() {
	shares := make([]float64, len(res.Uses))
	for i, u := range res.Uses {
		shares[i] = u.Share
	}
	for i, s := range capacity.PAVA(shares, nil) {
		res.Uses[i].Share = s
	}
}

// At is the share of the limit that is used at a rate: linear between steps, in proportion to
// the rate above the highest, the lowest step's below it.
func (res Resource) At(rate float64) float64 {
	last := res.Uses[len(res.Uses)-1]
	i, _ := slices.BinarySearchFunc(res.Uses, rate, func(u Use, rate float64) int { return cmp.Compare(u.Rate, rate) })
	switch {
	case i == len(res.Uses):
		return last.Share * rate / last.Rate
	case i == 0:
		return res.Uses[0].Share
	}
	a, b := res.Uses[i-1], res.Uses[i]
	return a.Share + (b.Share-a.Share)*(rate-a.Rate)/(b.Rate-a.Rate)
}

// FullAt is the lowest rate at which the limit is reached; measured is false when it lies
// above the ladder. It is +Inf for a resource that is not used.
func (res Resource) FullAt() (rate float64, measured bool) {
	for i, u := range res.Uses {
		switch {
		case u.Share < 1:
		case i == 0:
			return u.Rate, true
		default:
			before := res.Uses[i-1]
			return before.Rate + (1-before.Share)/(u.Share-before.Share)*(u.Rate-before.Rate), true
		}
	}
	last := res.Uses[len(res.Uses)-1]
	return last.Rate / last.Share, false
}

// reading names a series of a component on one step.
type reading struct {
	series, component string
	level             float64
}

type meanOfReadings struct {
	sum float64
	n   int
}

func (m meanOfReadings) mean() float64 { return m.sum / float64(m.n) }

// meansOf are the mean readings of steps over the trials.
type meansOf map[reading]meanOfReadings

// stepMeans averages every watched series within each step. Readings of tenants are of the
// component TENANT.
func stepMeans(r *run.Run, setup string) meansOf {
	wanted := map[string]bool{}
	for _, w := range resources(1) {
		wanted[w.series], wanted[w.limit] = true, true
	}
	means := meansOf{}
	for _, t := range r.TrialsOf(setup) {
		for p := range t.Numbers() {
			jobs := strings.HasPrefix(p.Series, "jobs.")
			if !wanted[p.Series] || (p.Tenant != "") != jobs {
				continue
			}
			at := run.WindowAt(t.Windows, p.At)
			if at < 0 || t.Windows[at].Step == nil || t.Windows[at].Kind == results.WindowNeighbor {
				continue
			}
			component := p.Component
			if jobs {
				component = p.Tenant
			}
			key := reading{p.Series, component, t.Windows[at].Step.Level}
			m := means[key]
			means[key] = meanOfReadings{m.sum + p.Value, m.n + 1}
		}
	}
	return means
}

func (m meansOf) components(series string) []string {
	var all []string
	for key := range m {
		if key.series == series && !slices.Contains(all, key.component) {
			all = append(all, key.component)
		}
	}
	slices.Sort(all)
	return all
}
