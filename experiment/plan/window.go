package plan

import (
	"slices"
	"time"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// span is an event of a trial that parts it into windows.
type span struct {
	name, kind, fault string
	step              *results.Step
	from, to          time.Duration
}

// windows cuts a trial at its events:
//
//	| warmup | baseline | neighbour | steady | fault:a | after:a | fault:b | after:b |
//
// What follows a fault is its recovery window up to the next event; what follows
// the neighbour is steady again. The analyzer cuts faults anew at the marks that
// were really made.
func windows(e *spec.Experiment, t Trial) []results.Window {
	spans := spansOf(e, t)
	windows := []results.Window{{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: results.OffsetOf(t.Warmup)}}
	gap := span{name: results.WindowBaseline, kind: results.WindowBaseline}
	at := t.Warmup
	add := func(s span) {
		if s.to > s.from {
			windows = append(windows, results.Window{Name: s.name, Kind: s.kind, Fault: s.fault, Step: s.step,
				From: results.OffsetOf(s.from), To: results.OffsetOf(s.to)})
		}
	}
	for _, s := range spans {
		gap.from, gap.to = at, s.from
		add(gap)
		add(s)
		at = max(at, s.to)
		if s.fault != "" {
			gap = span{name: "after:" + s.fault, kind: results.WindowRecovery, fault: s.fault}
		} else {
			gap = span{name: "after:" + s.name, kind: results.WindowOther}
		}
		if s.step != nil {
			gap.kind = results.WindowRest
		}
	}
	gap.from, gap.to = at, t.Length
	add(gap)
	return windows
}

// spansOf lists the trial's events in time: faults, and scenarios that disruptive
// tenants alone offer.
func spansOf(e *spec.Experiment, t Trial) []span {
	var spans []span
	for _, f := range t.Faults {
		spans = append(spans, span{name: "fault:" + f.Name, kind: results.WindowFault, fault: f.Name,
			from: f.At, to: f.At + max(f.For, time.Second)})
	}
	for _, d := range t.Drills {
		// How long a drill takes is its result: its window is open until the next event.
		spans = append(spans, span{name: "drill:" + d.Name, kind: results.WindowDrill, from: d.At, to: t.Length})
		if d.BreakAt > 0 {
			spans = append(spans, span{name: "drill:" + d.Name + ":restore", kind: results.WindowDrill, from: d.BreakAt, to: t.Length})
		}
	}
	for _, b := range t.Bursts {
		if step, ok := stepOf(e, b, t.Warmup); ok {
			spans = append(spans, step)
			continue
		}
		if e.Ladder != nil && e.Ladder.Background[b.Scenario] {
			continue // the steps that run at the same time are the windows
		}
		if e.OnlyDisruptive(b.Tenants) {
			spans = append(spans, span{name: b.Scenario, kind: results.WindowNeighbor,
				from: max(b.Start, t.Warmup), to: b.Start + b.Duration})
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	for i := range spans {
		if spans[i].kind == results.WindowDrill && i+1 < len(spans) {
			spans[i].to = min(spans[i].to, spans[i+1].from)
		}
	}
	return spans
}

// stepOf is the window of a burst that is a step of the ladder. The first step of
// what abiding tenants offer, or the lowest scale of a search, is the baseline:
// everything else is compared with it.
func stepOf(e *spec.Experiment, b Burst, warmup time.Duration) (span, bool) {
	if e.Ladder == nil {
		return span{}, false
	}
	step, ok := e.Ladder.Steps[b.Scenario]
	if !ok {
		return span{}, false
	}
	s := span{name: b.Scenario, kind: results.WindowStep, step: &step,
		from: max(b.Start+e.Ladder.Settle, warmup), to: b.Start + b.Duration}
	switch {
	case e.OnlyDisruptive(b.Tenants): // its onset is part of the disturbance
		s.kind, s.from = results.WindowNeighbor, max(b.Start, warmup)
	case s.from == warmup && (e.Search == nil || step.Level == e.Search.From):
		s.kind = results.WindowBaseline
	}
	return s, true
}
