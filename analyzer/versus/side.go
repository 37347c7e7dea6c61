package versus

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/validity"
	"example.org/odooharness/results"
)

// measured is one side in memory.
type measured struct {
	trials  []sideTrial
	seed    uint64
	notes   []string
	invalid []string // reasons of invalid runs
}

// sideTrial is a complete trial of a side: latencies in s of the journeys of abiding tenants
// by journey and window, in the order of time. Unserved arrivals are +Inf.
type sideTrial struct {
	run     string
	trial   results.Trial
	windows []string // in time, warm-up left out
	kinds   map[string]string
	latency map[sideKey][]float64
	mark    uint64 // what was recorded: two trials with the same one are copies
}

type sideKey struct{ journey, window string }

// opened reads the runs of a side.
func opened(side Side, opts run.Options) (measured, error) {
	var out measured
	for _, recorded := range side.Runs {
		setup, err := onlySetup(recorded, side.Setup)
		if err != nil {
			return out, fmt.Errorf("compare %s: %w", side.Name, err)
		}
		out.seed = recorded.Manifest.Seed
		var of []run.Source
		for _, s := range run.Sources(recorded) {
			if s.Setup == setup {
				of = append(of, s)
			}
		}
		r := run.Load(recorded, of, opts)
		for _, f := range validity.Judge(r) {
			if f.Verdict == finding.Invalid && (f.Scope.Setup == setup || f.Scope.Setup == "") {
				out.invalid = append(out.invalid, side.Name+": "+finding.Reason(f))
			}
		}
		for _, t := range r.Trials {
			if t.State != results.TrialComplete {
				out.notes = append(out.notes, fmt.Sprintf("%s: trial %s left out, it is %s.", side.Name, t.Name, t.State))
				continue
			}
			out.trials = append(out.trials, trialOf(r, recorded, t))
		}
		r.Close()
	}
	return out, nil
}

// onlySetup returns the wanted setup of a run, or the only one when none is named.
func onlySetup(recorded *results.Run, wanted string) (string, error) {
	var names []string
	for _, t := range recorded.Trials {
		names = run.AppendNew(names, t.Setup)
	}
	switch {
	case wanted != "" && !slices.Contains(names, wanted):
		return "", fmt.Errorf("run %s has no trial of setup %q, only of %s", recorded.Dir, wanted, strings.Join(names, ", "))
	case wanted != "":
		return wanted, nil
	case len(names) != 1:
		return "", fmt.Errorf("run %s has the setups %s: write RUN@SETUP", recorded.Dir, strings.Join(names, ", "))
	}
	return names[0], nil
}

// trialOf collects the latencies of one trial.
func trialOf(r *run.Run, recorded *results.Run, t *run.Trial) sideTrial {
	s := sideTrial{run: recorded.Dir, trial: t.Trial, kinds: map[string]string{}, latency: map[sideKey][]float64{},
		mark: t.Fingerprint()}
	for _, w := range t.Windows {
		if w.Kind == results.WindowWarmup {
			continue
		}
		name := sideWindow(w)
		s.windows = run.AppendNew(s.windows, name)
		s.kinds[name] = w.Kind
	}
	waits := map[sideKey][]uint32{}
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if rec.Window < 0 || !r.Abiding[rec.Tenant] || t.Windows[rec.Window].Kind == results.WindowWarmup {
			continue
		}
		key := sideKey{r.Journeys.List[rec.Journey], sideWindow(t.Windows[rec.Window])}
		waits[key] = append(waits[key], rec.Waited())
	}
	for key, us := range waits {
		s.latency[key] = run.Seconds(us)
	}
	return s
}

// calmWindow is the window of a comparison for all calm ones.
const calmWindow = "calm"

// sideWindow returns the window of a comparison: runs with different faults have the calm
// one in common.
func sideWindow(w results.Window) string {
	if run.Calm(w.Kind) {
		return calmWindow
	}
	return w.Name
}

// samePlan reports whether the trials form pairs: as many on both sides, each with the seed,
// and so the arrivals, of its counterpart.
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

// sharedWindows returns the windows of both sides, the calm one first.
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
				all = run.AppendNew(all, name)
			}
		}
	}
	return all
}

// sharedJourneys returns the journeys of both sides.
func sharedJourneys(a, b measured) []string {
	in := func(side measured) []string {
		var all []string
		for _, t := range side.trials {
			for key := range t.latency {
				all = run.AppendNew(all, key.journey)
			}
		}
		slices.Sort(all)
		return all
	}
	other := in(b)
	return slices.DeleteFunc(in(a), func(name string) bool { return !slices.Contains(other, name) })
}
