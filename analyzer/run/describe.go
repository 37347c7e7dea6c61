package run

import (
	"cmp"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/results"
)

// Window is a window of a setup, over its trials.
type Window struct {
	Name, Kind, fault string
	Seconds           float64
}

// WindowsOf lists the windows of trials in the order of time, with their total
// length.
func WindowsOf(trials []*Trial) []Window {
	type entry struct {
		Window
		from results.Offset
	}
	var all []entry
	for _, t := range trials {
		for _, w := range t.Windows {
			at := slices.IndexFunc(all, func(e entry) bool { return e.Name == w.Name })
			if at < 0 {
				at = len(all)
				all = append(all, entry{Window{Name: w.Name, Kind: w.Kind, fault: w.Fault}, w.From})
			}
			all[at].Seconds += (w.To - w.From).Seconds()
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.from, b.from) })
	out := make([]Window, len(all))
	for i, e := range all {
		out[i] = e.Window
	}
	return out
}

// Described is a group with what it is of.
type Described struct {
	*Group
	Key    GroupKey
	Step   int // number of the step, -1: whole journeys
	Window Window
	sample *sample // until it is summarised
}

// describe summarises journeys and steps by window, and keeps every group for the
// questions that follow.
func (r *Run) describe() {
	for _, setup := range r.Setups {
		trials := r.TrialsOf(setup)
		windows := WindowsOf(trials)
		var jobs []*Described
		for tenant := Everyone; tenant < r.Tenants.Len(); tenant++ {
			jobs = append(jobs, r.journeyJobs(setup, windows, trials, tenant)...)
		}
		r.summariseAll(jobs)
		for _, j := range jobs {
			r.Groups[j.Key] = j.Group
			if j.Key.Trial < 0 {
				r.Windows = append(r.Windows, j)
			}
		}
		jobs = r.stepJobs(setup, windows, trials)
		r.summariseAll(jobs)
		r.ByStep = append(r.ByStep, jobs...)
	}
}

// summariseAll summarises the jobs on all processors.
func (r *Run) summariseAll(jobs []*Described) {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, j := range jobs {
		all.Go(func() error {
			j.Group = r.summarise(j.sample)
			j.sample = nil
			return nil
		})
	}
	_ = all.Wait() // the jobs cannot fail
}

// journeyJobs collects the journeys of one tenant, or of all abiding ones, by
// window and journey: over the trials of the setup, and where there are several
// also trial by trial.
func (r *Run) journeyJobs(setup string, windows []Window, trials []*Trial, tenant int) []*Described {
	records := make([][]Record, len(trials))
	numbers := make([][]int, len(trials)) // window of a trial -> window of the setup
	for i, t := range trials {
		records[i] = t.Journeys
		numbers[i] = numberWindows(windows, t.Windows)
	}
	width := r.Journeys.Len()
	group := func(t int, rec *Record) int {
		switch {
		case rec.Window < 0:
			return -1
		case tenant == Everyone && !r.Abiding[rec.Tenant], tenant != Everyone && int(rec.Tenant) != tenant:
			return -1
		}
		return numbers[t][rec.Window]*width + int(rec.Journey)
	}
	var jobs []*Described
	keep := func(trial int, samples []sample) {
		for g := range samples {
			if len(samples[g].waited) > 0 {
				w := windows[g/width]
				jobs = append(jobs, &Described{Step: -1, Window: w, sample: &samples[g],
					Key: GroupKey{Setup: setup, Window: w.Name, Trial: trial, Tenant: tenant, Journey: g % width}})
			}
		}
	}
	keep(-1, collect(r, records, len(windows)*width, group))
	for i, t := range trials {
		one := func(_ int, rec *Record) int { return group(i, rec) }
		keep(slices.Index(r.Trials, t), collect(r, records[i:i+1], len(windows)*width, one))
	}
	return jobs
}

func numberWindows(windows []Window, of []results.Window) []int {
	out := make([]int, len(of))
	for i, w := range of {
		out[i] = slices.IndexFunc(windows, func(k Window) bool { return k.Name == w.Name })
	}
	return out
}

// stepJobs collects the steps of abiding tenants by window and step.
func (r *Run) stepJobs(setup string, windows []Window, trials []*Trial) []*Described {
	records := make([][]Record, len(trials))
	numbers := make([][]int, len(trials))
	for i, t := range trials {
		records[i] = t.Steps
		numbers[i] = numberWindows(windows, t.Windows)
	}
	width := r.Steps.Len()
	samples := collect(r, records, len(windows)*width, func(t int, rec *Record) int {
		if rec.Window < 0 || !r.Abiding[rec.Tenant] {
			return -1
		}
		return numbers[t][rec.Window]*width + int(rec.Step)
	})
	var jobs []*Described
	for g := range samples {
		if len(samples[g].waited) > 0 {
			jobs = append(jobs, &Described{Step: g % width, Window: windows[g/width], sample: &samples[g],
				Key: GroupKey{Setup: setup, Window: windows[g/width].Name}})
		}
	}
	return jobs
}
