package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// measured is one side with its rows in memory.
type measured struct {
	trials  []sideTrial
	seed    uint64
	notes   []string
	invalid []string // why runs are invalid
}

// sideTrial is a complete trial of a side: latencies in s of the abiding tenants' journeys
// by journey and window, in the order of time, unserved ones +Inf.
type sideTrial struct {
	run     string
	trial   results.Trial
	windows []string // in time, warm-up left out
	kinds   map[string]string
	latency map[sideKey][]float64
}

type sideKey struct{ journey, window string }

// opened reads a side.
func opened(side Side, opts Options) (measured, error) {
	var out measured
	for _, run := range side.Runs {
		setup, err := onlySetup(run, side.Setup)
		if err != nil {
			return out, fmt.Errorf("compare %s: %w", side.Name, err)
		}
		out.seed = run.Manifest.Seed
		var of []source
		for _, s := range sources(run) {
			if s.Setup == setup {
				of = append(of, s)
			}
		}
		d := load(run, of, opts)
		d.setups = []string{setup}
		d.describe()
		for _, f := range d.validity() {
			if f.Verdict == Invalid && (f.Scope.Setup == setup || f.Scope.Setup == "") {
				out.invalid = append(out.invalid, side.Name+": "+reason(f))
			}
		}
		for _, t := range d.trials {
			if t.State != results.TrialComplete {
				out.notes = append(out.notes, fmt.Sprintf("%s: trial %s is %s and left out.", side.Name, t.Name, t.State))
				continue
			}
			out.trials = append(out.trials, d.sideTrial(run, t))
		}
	}
	return out, nil
}

func onlySetup(run *results.Run, wanted string) (string, error) {
	var names []string
	for _, t := range run.Trials {
		names = appendNew(names, t.Setup)
	}
	switch {
	case wanted != "" && !slices.Contains(names, wanted):
		return "", fmt.Errorf("run %s has no trial of setup %q; it has %s", run.Dir, wanted, strings.Join(names, ", "))
	case wanted != "":
		return wanted, nil
	case len(names) != 1:
		return "", fmt.Errorf("run %s has the setups %s: write RUN@SETUP", run.Dir, strings.Join(names, ", "))
	}
	return names[0], nil
}

func (d *dataset) sideTrial(run *results.Run, t *trialData) sideTrial {
	s := sideTrial{run: run.Dir, trial: t.Trial, kinds: map[string]string{}, latency: map[sideKey][]float64{}}
	for _, w := range t.windows {
		if w.Kind == results.WindowWarmup {
			continue
		}
		name := sideWindow(w)
		s.windows = appendNew(s.windows, name)
		s.kinds[name] = w.Kind
	}
	waits := map[sideKey][]uint32{}
	for i := range t.journeys {
		r := &t.journeys[i]
		if r.window < 0 || !d.abiding[r.tenant] || t.windows[r.window].Kind == results.WindowWarmup {
			continue
		}
		key := sideKey{d.journeys.list[r.journey], sideWindow(t.windows[r.window])}
		waits[key] = append(waits[key], r.waited())
	}
	for key, us := range waits {
		s.latency[key] = seconds(us)
	}
	return s
}

// calmWindow is the window of a comparison that holds all undisturbed ones.
const calmWindow = "calm"

// sideWindow names windows so that runs with different faults have the calm ones in
// common.
func sideWindow(w results.Window) string {
	if calm(w.Kind) {
		return calmWindow
	}
	return w.Name
}

// samePlan reports whether the trials pair up: as many on both sides, each with the
// seed of its counterpart, so that both had the same arrivals.
func samePlan(a, b measured) bool {
	if len(a.trials) != len(b.trials) {
		return false
	}
	for i := range a.trials {
		ta, tb := a.trials[i].trial, b.trials[i].trial
		if ta.Seed != tb.Seed || ta.Replicate != tb.Replicate || ta.Length != tb.Length {
			return false
		}
	}
	return true
}

// sharedWindows lists the windows that both sides have, the calm one first.
func sharedWindows(a, b measured) []string {
	has := func(side measured, name string) bool {
		return slices.ContainsFunc(side.trials, func(t sideTrial) bool { return slices.Contains(t.windows, name) })
	}
	var all []string
	if has(a, calmWindow) && has(b, calmWindow) {
		all = append(all, calmWindow)
	}
	for _, t := range a.trials {
		for _, name := range t.windows {
			if has(b, name) {
				all = appendNew(all, name)
			}
		}
	}
	return all
}

func sharedJourneys(a, b measured) []string {
	in := func(side measured) []string {
		var all []string
		for _, t := range side.trials {
			for key := range t.latency {
				all = appendNew(all, key.journey)
			}
		}
		slices.Sort(all)
		return all
	}
	other := in(b)
	return slices.DeleteFunc(in(a), func(name string) bool { return !slices.Contains(other, name) })
}
