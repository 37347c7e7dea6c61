package analyzer

import (
	"cmp"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/results"
)

// windowKind is a window of a setup, over its trials.
type windowKind struct {
	name, kind, fault string
	seconds           float64
}

// windowsOf lists the windows of trials in the order of time, with their total
// length.
func windowsOf(trials []*trialData) []windowKind {
	type entry struct {
		windowKind
		from results.Offset
	}
	var all []entry
	for _, t := range trials {
		for _, w := range t.windows {
			at := slices.IndexFunc(all, func(e entry) bool { return e.name == w.Name })
			if at < 0 {
				at = len(all)
				all = append(all, entry{windowKind{name: w.Name, kind: w.Kind, fault: w.Fault}, w.From})
			}
			all[at].seconds += (w.To - w.From).Seconds()
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.from, b.from) })
	out := make([]windowKind, len(all))
	for i, e := range all {
		out[i] = e.windowKind
	}
	return out
}

// job is a group to summarise and where to keep it.
type job struct {
	key  groupKey
	step int // of a step row, -1: journeys
	kind windowKind
	s    *sample
	g    *group
}

// describe fills the tables of windows and steps, and keeps every group for the
// judgements that follow.
func (d *dataset) describe() {
	for _, setup := range d.setups {
		trials := d.of(setup)
		windows := windowsOf(trials)
		var jobs []*job
		for tenant := everyone; tenant < d.tenants.len(); tenant++ {
			jobs = append(jobs, d.journeyJobs(setup, windows, trials, tenant)...)
		}
		d.summariseAll(jobs)
		for _, j := range jobs {
			d.groups[j.key] = j.g
			if j.key.trial < 0 {
				d.windowRows = append(d.windowRows, d.windowRow(j))
			}
		}
		jobs = d.stepJobs(setup, windows, trials)
		d.summariseAll(jobs)
		for _, j := range jobs {
			d.stepRows = append(d.stepRows, d.stepRow(j))
		}
	}
}

// summariseAll summarises the jobs on all processors.
func (d *dataset) summariseAll(jobs []*job) {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, j := range jobs {
		all.Go(func() error {
			j.g = d.summarise(j.s)
			j.s = nil
			return nil
		})
	}
	_ = all.Wait() // the jobs cannot fail
}

// journeyJobs collects the journeys of one tenant, or of all abiding ones, by
// window and journey: over the trials of the setup, and where there are several
// also trial by trial.
func (d *dataset) journeyJobs(setup string, windows []windowKind, trials []*trialData, tenant int) []*job {
	records := make([][]record, len(trials))
	numbers := make([][]int, len(trials)) // window of a trial -> window of the setup
	for i, t := range trials {
		records[i] = t.journeys
		numbers[i] = numberWindows(windows, t.windows)
	}
	width := d.journeys.len()
	group := func(t int, r *record) int {
		switch {
		case r.window < 0:
			return -1
		case tenant == everyone && !d.abiding[r.tenant], tenant != everyone && int(r.tenant) != tenant:
			return -1
		}
		return numbers[t][r.window]*width + int(r.journey)
	}
	var jobs []*job
	keep := func(trial int, samples []sample) {
		for g := range samples {
			if len(samples[g].waited) > 0 {
				w := windows[g/width]
				jobs = append(jobs, &job{step: -1, kind: w, s: &samples[g],
					key: groupKey{setup: setup, window: w.name, trial: trial, tenant: tenant, journey: g % width}})
			}
		}
	}
	keep(-1, collect(d, records, len(windows)*width, group))
	for i, t := range trials {
		one := func(_ int, r *record) int { return group(i, r) }
		keep(slices.Index(d.trials, t), collect(d, records[i:i+1], len(windows)*width, one))
	}
	return jobs
}

func numberWindows(windows []windowKind, of []results.Window) []int {
	out := make([]int, len(of))
	for i, w := range of {
		out[i] = slices.IndexFunc(windows, func(k windowKind) bool { return k.name == w.Name })
	}
	return out
}

// stepJobs collects the steps of abiding tenants by window and step.
func (d *dataset) stepJobs(setup string, windows []windowKind, trials []*trialData) []*job {
	records := make([][]record, len(trials))
	numbers := make([][]int, len(trials))
	for i, t := range trials {
		records[i] = t.steps
		numbers[i] = numberWindows(windows, t.windows)
	}
	width := d.steps.len()
	samples := collect(d, records, len(windows)*width, func(t int, r *record) int {
		if r.window < 0 || !d.abiding[r.tenant] {
			return -1
		}
		return numbers[t][r.window]*width + int(r.step)
	})
	var jobs []*job
	for g := range samples {
		if len(samples[g].waited) > 0 {
			jobs = append(jobs, &job{step: g % width, kind: windows[g/width], s: &samples[g],
				key: groupKey{setup: setup, window: windows[g/width].name}})
		}
	}
	return jobs
}

func (d *dataset) windowRow(j *job) WindowRow {
	return WindowRow{
		Setup: j.key.setup, Window: j.key.window, Kind: j.kind.kind,
		Tenant: d.tenantName(j.key.tenant), Journey: d.journeys.list[j.key.journey],
		Seconds: j.kind.seconds, Offered: j.g.n, Good: j.g.served, Outcomes: j.g.outcomes,
		Latency: percentiles(j.g.latency, j.g.longest, methodLatency),
		Service: percentiles(j.g.service, j.g.slowest, methodService),
	}
}

func (d *dataset) stepRow(j *job) StepRow {
	return StepRow{
		Setup: j.key.setup, Window: j.key.window, Step: d.steps.list[j.step], Count: j.g.n, Outcomes: j.g.outcomes,
		Latency: percentiles(j.g.latency, j.g.longest, methodLatency),
		Service: percentiles(j.g.service, j.g.slowest, methodService),
	}
}

func (d *dataset) tenantName(number int) string {
	if number == everyone {
		return Everyone
	}
	return d.tenants.list[number]
}
