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
	Name, Kind string
	Seconds    float64 // over the trials
}

// WindowsOf lists the windows of trials in the order of time.
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
				all = append(all, entry{Window{Name: w.Name, Kind: w.Kind}, w.From})
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

// Described is a group with its key and window.
type Described struct {
	*Group
	Key    GroupKey
	Step   int // number of the step, -1: whole journeys
	Window Window

	sample *sample // until it is summarised
}

// describe summarises journeys and steps by window.
func (r *Run) describe() {
	for _, setup := range r.Setups {
		trials := r.TrialsOf(setup)
		windows := WindowsOf(trials)
		groups := r.journeyGroups(setup, windows, trials, Everyone, 1)
		groups = append(groups, r.journeyGroups(setup, windows, trials, 0, r.Tenants.Len())...)
		r.summariseAll(groups)
		for _, g := range groups {
			r.Groups[g.Key] = g.Group
		}
		r.Windows = append(r.Windows, groups...)
		groups = r.stepGroups(setup, windows, trials)
		r.summariseAll(groups)
		r.ByStep = append(r.ByStep, groups...)
	}
}

// summariseAll summarises groups on all processors.
func (r *Run) summariseAll(groups []*Described) {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, g := range groups {
		all.Go(func() error {
			g.Group = r.summarise(g.sample)
			g.sample = nil
			return nil
		})
	}
	_ = all.Wait() // no group can fail
}

// journeyGroups collects the journeys of n tenants from a first one, or of all abiding ones
// together, by tenant, window and journey. The records are read twice, however many tenants
// there are.
func (r *Run) journeyGroups(setup string, windows []Window, trials []*Trial, tenant, n int) []*Described {
	records := make([][]Record, len(trials))
	numbers := make([][]int, len(trials)) // window of a trial -> window of the setup
	for i, t := range trials {
		records[i] = t.Journeys
		numbers[i] = numberWindows(windows, t.Windows)
	}
	width := r.Journeys.Len()
	each := len(windows) * width // groups of a tenant
	samples := r.collect(records, n*each, func(t int, rec *Record) int {
		at := 0
		switch {
		case rec.Window < 0 || tenant == Everyone && !r.Abiding[rec.Tenant]:
			return -1
		case tenant != Everyone:
			at = int(rec.Tenant) - tenant
		}
		return at*each + numbers[t][rec.Window]*width + int(rec.Journey)
	})
	var groups []*Described
	for g := range samples {
		if len(samples[g].waited) > 0 {
			w := windows[g%each/width]
			groups = append(groups, &Described{Step: -1, Window: w, sample: &samples[g],
				Key: GroupKey{Setup: setup, Window: w.Name, Tenant: tenant + g/each, Journey: g % width}})
		}
	}
	return groups
}

func numberWindows(windows []Window, of []results.Window) []int {
	out := make([]int, len(of))
	for i, w := range of {
		out[i] = slices.IndexFunc(windows, func(k Window) bool { return k.Name == w.Name })
	}
	return out
}

// stepGroups collects the steps of abiding tenants by window and step.
func (r *Run) stepGroups(setup string, windows []Window, trials []*Trial) []*Described {
	records := make([][]Record, len(trials))
	numbers := make([][]int, len(trials))
	for i, t := range trials {
		records[i] = t.Steps
		numbers[i] = numberWindows(windows, t.Windows)
	}
	width := r.Steps.Len()
	samples := r.collect(records, len(windows)*width, func(t int, rec *Record) int {
		if rec.Window < 0 || !r.Abiding[rec.Tenant] {
			return -1
		}
		return numbers[t][rec.Window]*width + int(rec.Step)
	})
	var groups []*Described
	for g := range samples {
		if len(samples[g].waited) > 0 {
			groups = append(groups, &Described{Step: g % width, Window: windows[g/width], sample: &samples[g],
				Key: GroupKey{Setup: setup, Window: windows[g/width].Name}})
		}
	}
	return groups
}
