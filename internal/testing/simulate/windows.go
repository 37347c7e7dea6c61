package simulate

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"example.org/odooharness/results"
)

// windows are those of a trial as planned: what lies between the neighbour's blocks, the
// faults and the steps is calm, recovery, or rest.
func (w World) windows() []results.Window {
	var events []results.Window
	if len(w.Neighbour) > 1 {
		events = w.blocks()
	} else {
		for _, s := range w.Neighbour {
			events = append(events, results.Window{Name: "neighbour", Kind: results.WindowNeighbor, From: at(s.From), To: at(s.To)})
		}
	}
	for _, f := range w.Faults {
		events = append(events, results.Window{Name: "fault:" + f.Name, Kind: results.WindowFault, Fault: f.Name, From: at(f.At),
			To: at(f.At + f.For)})
	}
	for i, s := range w.Ladder {
		kind := results.WindowStep
		if i == 0 {
			kind = results.WindowBaseline
		}
		events = append(events, results.Window{Name: fmt.Sprintf("step-%d", i+1), Kind: kind, From: at(s.From), To: at(s.To),
			Step: &results.Step{Scenario: "simulated", Level: s.Level}})
	}
	sort.SliceStable(events, func(i, j int) bool { return events[i].From < events[j].From })
	gap := results.Window{Name: results.WindowBaseline, Kind: results.WindowBaseline}
	var all []results.Window
	begin := at(w.Warmup)
	if begin > 0 {
		all = append(all, results.Window{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: begin})
	}
	between := func(to results.Offset) {
		if to > begin {
			gap.From, gap.To = begin, to
			all = append(all, gap)
		}
	}
	for _, e := range events {
		between(e.From)
		all = append(all, e)
		begin = max(begin, e.To)
		gap = after(e)
	}
	between(at(w.Length))
	return all
}

// blocks are the switchback blocks of the neighbour, with a wash-out after each edge. What is
// calm before the first and after the last belongs to a block, too.
func (w World) blocks() []results.Window {
	var all []results.Window
	add := func(kind string, from, to float64) {
		if from > w.Warmup && w.Washout > 0 {
			all = append(all, results.Window{Name: results.WindowWashout, Kind: results.WindowWashout, From: at(from),
				To: at(from + w.Washout)})
			from += w.Washout
		}
		if to > from {
			all = append(all, results.Window{Name: kind, Kind: kind, Block: 1 + len(all), From: at(from), To: at(to)})
		}
	}
	quiet := w.Warmup
	for _, s := range w.Neighbour {
		if s.From > quiet {
			add(results.WindowBaseline, quiet, s.From)
		}
		add(results.WindowNeighbor, s.From, s.To)
		quiet = s.To
	}
	if w.Length > quiet {
		add(results.WindowBaseline, quiet, w.Length)
	}
	return all
}

// after is the window that follows an event.
func after(e results.Window) results.Window {
	w := results.Window{Name: "after:" + e.Name, Kind: results.WindowOther}
	switch {
	case e.Kind == results.WindowNeighbor:
		w.Kind = results.WindowAftermath
	case e.Step != nil:
		w.Kind = results.WindowRest
	case e.Kind == results.WindowFault:
		w = results.Window{Name: "after:" + e.Fault, Kind: results.WindowRecovery, Fault: e.Fault}
	}
	return w
}

// plan encodes the trials as plan.json has them.
func (w World) plan(trials []Trial) []byte {
	type planned struct {
		Name      string           `json:"name"`
		Setup     string           `json:"setup"`
		Replicate int              `json:"replicate"`
		Position  int              `json:"position"`
		Seed      uint64           `json:"seed"`
		Length    time.Duration    `json:"length_ns"`
		Warmup    time.Duration    `json:"warmup_ns"`
		Windows   []results.Window `json:"windows"`
	}
	plan := struct {
		Experiment string    `json:"experiment"`
		Seed       uint64    `json:"seed"`
		Trials     []planned `json:"trials"`
	}{Experiment: w.manifest().Experiment, Seed: w.Seed}
	for _, t := range trials {
		plan.Trials = append(plan.Trials, planned{t.Name, t.Setup, t.Replicate, t.Position, t.Seed, t.Length.Duration(),
			t.Warmup.Duration(), t.Windows})
	}
	data, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("encode the plan: %v", err)) // plain data always encode
	}
	return data
}
