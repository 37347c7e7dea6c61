package objective

import (
	"slices"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// goodEvents returns the events of an objective, true for a good one, by window and trial
// in the order of time, and the window of each list.
func goodEvents(r *run.Run, setup string, o results.Objective, tenant int) (strata [][]bool, windows []string) {
	for _, t := range r.TrialsOf(setup) {
		first := len(strata)
		for _, w := range t.Windows {
			strata = append(strata, nil)
			windows = append(windows, w.Name)
		}
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			at := first + int(rec.Window)
			strata[at] = append(strata[at], good(rec, o))
		})
	}
	return strata, windows
}

// goodSlices returns the time slices of an objective by trial, true for a good one. A slice
// is good when at least the share SliceGood of its events is. One without events does not
// count.
func goodSlices(r *run.Run, setup string, o results.Objective, tenant int) [][]bool {
	var strata [][]bool
	for _, t := range r.TrialsOf(setup) {
		var arrivals []resilience.Arrival
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			arrivals = append(arrivals, resilience.Arrival{At: rec.At.Seconds(), Served: good(rec, o)})
		})
		var sliced []bool
		for _, bin := range resilience.Cut(arrivals, t.Warmup.Seconds(), t.End.Seconds(), o.Timeslice) {
			if bin.Offered > 0 {
				sliced = append(sliced, bin.Share() >= o.SliceGood)
			}
		}
		strata = append(strata, sliced)
	}
	return strata
}

// good reports whether an event was served within the threshold.
func good(rec *run.Record, o results.Objective) bool {
	return rec.Served && (o.Threshold <= 0 || float64(rec.Latency)/1e6 <= o.Threshold)
}

// eachEvent visits the events of an objective: of one tenant or all abiding ones, after the
// warm-up.
func eachEvent(r *run.Run, t *run.Trial, o results.Objective, tenant int, visit func(*run.Record)) {
	records := t.Journeys
	if len(o.Steps) > 0 {
		records = t.Steps
	}
	counts := make([]bool, r.Journeys.Len())
	for i, name := range r.Journeys.List {
		counts[i] = len(o.Journeys) == 0 || slices.Contains(o.Journeys, name)
	}
	steps := make([]bool, r.Steps.Len())
	for i, name := range r.Steps.List {
		steps[i] = slices.Contains(o.Steps, name)
	}
	script := r.Outcomes.Index[string(results.ScriptError)]
	for i := range records {
		rec := &records[i]
		switch {
		case uint16(rec.Outcome) == script: // not an answer of the target; VAL-009 counts it
		case rec.Window < 0 || t.Windows[rec.Window].Kind == results.WindowWarmup:
		case !counts[rec.Journey]:
		case len(o.Steps) > 0 && !steps[rec.Step]:
		case !r.IsOf(rec, tenant):
		default:
			visit(rec)
		}
	}
}
