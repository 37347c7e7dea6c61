package plan

import (
	"cmp"
	"slices"
	"time"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// events lists what happens in a trial: faults, drills, steps of a ladder, and bursts
// that disruptive tenants alone offer.
func events(e *spec.Experiment, t Trial) []results.Window {
	var all []results.Window
	at := results.OffsetOf
	for _, f := range t.Faults {
		all = append(all, results.FaultEvent(f.Name, at(f.At), at(f.At+max(f.For, time.Second))))
	}
	for _, d := range t.Drills {
		// How long a drill needs is its result: its window is open until the next event.
		all = append(all, results.Window{Name: "drill:" + d.Name, Kind: results.WindowDrill, From: at(d.At), To: at(t.Length)})
		if d.BreakAt > 0 {
			all = append(all, results.Window{Name: "drill:" + d.Name + ":restore", Kind: results.WindowDrill,
				From: at(d.BreakAt), To: at(t.Length)})
		}
	}
	all = append(all, blocks(e.Blocks, t)...)
	for _, b := range t.Bursts {
		if e.Blocks != nil && slices.Contains(e.Blocks.Copies, b.Scenario) {
			continue // its blocks are the windows
		}
		if step, ok := stepOf(e, b, t.Warmup); ok {
			all = append(all, step)
			continue
		}
		if e.Ladder != nil && e.Ladder.Background[b.Scenario] {
			continue // the steps that run at the same time are the windows
		}
		if e.OnlyDisruptive(b.Tenants) {
			all = append(all, results.Window{Name: b.Scenario, Kind: results.WindowNeighbor,
				From: at(max(b.Start, t.Warmup)), To: at(b.Start + b.Duration)})
		}
	}
	slices.SortStableFunc(all, func(a, b results.Window) int { return cmp.Compare(a.From, b.From) })
	return all
}

// leadShare is the part of a wash-out that lies before the edge at which the neighbour begins:
// a journey that starts there runs into it.
const leadShare = 2

// blockSpan is where all blocks together begin and end. False: there are none.
func blockSpan(b *spec.Blocks, t Trial) (from, to time.Duration, ok bool) {
	if b == nil {
		return 0, 0, false
	}
	first := slices.IndexFunc(t.Bursts, func(burst Burst) bool { return burst.Scenario == b.Copies[0] })
	if first < 0 {
		return 0, 0, false
	}
	from = t.Bursts[first].Start - b.Length // the first burst is the second block
	return from, from + time.Duration(b.Number)*b.Length, true
}

// blocks are the switchback blocks, and the wash-outs at the edges between them. Two
// neighbouring blocks with the same condition have no edge.
func blocks(b *spec.Blocks, t Trial) []results.Window {
	start, _, ok := blockSpan(b, t)
	if !ok {
		return nil
	}
	var all []results.Window
	for block := range b.Number {
		from := start + time.Duration(block)*b.Length
		to := from + b.Length
		kind := results.WindowBaseline
		if b.On(block) {
			kind = results.WindowNeighbor
		}
		if edge := from; block > 0 && b.On(block) != b.On(block-1) {
			from += b.Washout
			begin := edge
			if b.On(block) {
				begin -= b.Washout / leadShare
			}
			all = append(all, results.Window{Name: results.WindowWashout, Kind: results.WindowWashout,
				From: results.OffsetOf(begin), To: results.OffsetOf(from)})
		}
		all = append(all, results.Window{Name: kind, Kind: kind, Block: block + 1,
			From: results.OffsetOf(from), To: results.OffsetOf(to)})
	}
	return all
}

// stepOf is the window of a burst that is a step of the ladder. The first step of
// what abiding tenants offer, or the lowest scale of a search, is the baseline:
// everything else is compared with it.
func stepOf(e *spec.Experiment, b Burst, warmup time.Duration) (results.Window, bool) {
	if e.Ladder == nil {
		return results.Window{}, false
	}
	step, ok := e.Ladder.Steps[b.Scenario]
	if !ok {
		return results.Window{}, false
	}
	from := max(b.Start+e.Ladder.Settle, warmup)
	kind := results.WindowStep
	switch {
	case e.OnlyDisruptive(b.Tenants): // its onset is part of the disturbance
		kind, from = results.WindowNeighbor, max(b.Start, warmup)
	case from == warmup && (e.Search == nil || step.Level == e.Search.From):
		kind = results.WindowBaseline
	}
	return results.Window{Name: b.Scenario, Kind: kind, Step: &step,
		From: results.OffsetOf(from), To: results.OffsetOf(b.Start + b.Duration)}, true
}
