package results

import (
	"cmp"
	"slices"
)

// Window kinds.
const (
	WindowWarmup    = "warmup"
	WindowBaseline  = "baseline"
	WindowNeighbor  = "neighbour" // a disruptive tenant is above its reference load
	WindowAftermath = "aftermath" // from the end of a disruptive tenant's load to the next event
	WindowWashout   = "washout"   // between two blocks: the one before is still felt
	WindowFault     = "fault"
	WindowRecovery  = "recovery" // from a fault's removal to the next event
	WindowDrill     = "drill"    // from a drill's begin to the next event
	WindowStep      = "step"     // of a ladder, beyond its first
	WindowRest      = "rest"     // between two steps of a ladder
	WindowOther     = "steady"
)

// Window is a named part of a trial. From is included, To is not.
type Window struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Fault string `json:"fault,omitempty"`
	Step  *Step  `json:"step,omitempty"`
	Block int    `json:"block,omitempty"` // number of the switchback block, from 1
	From  Offset `json:"from_ns"`
	To    Offset `json:"to_ns"`
}

// IsEvent reports whether something happens in the window: a fault, a drill, a burst of
// a disruptive tenant, a block with or without it, or a step of a ladder.
func (w Window) IsEvent() bool {
	return w.Kind == WindowFault || w.Kind == WindowDrill || w.Kind == WindowNeighbor || w.Kind == WindowWashout ||
		w.Step != nil || w.Block > 0
}

// after is the window between the event and the next one.
func (w Window) after() Window {
	switch {
	case w.Fault != "":
		return Window{Name: "after:" + w.Fault, Kind: WindowRecovery, Fault: w.Fault}
	case w.Step != nil:
		return Window{Name: "after:" + w.Name, Kind: WindowRest}
	case w.Kind == WindowNeighbor || w.Kind == WindowWashout:
		return Window{Name: "after:" + w.Name, Kind: WindowAftermath}
	case w.Block > 0: // one without the neighbour
		return Window{Name: "after:blocks", Kind: WindowOther}
	}
	return Window{Name: "after:" + w.Name, Kind: WindowOther}
}

// rank orders events that begin at the same time: the fault ends the other.
func (w Window) rank() int {
	if w.Fault != "" {
		return 1
	}
	return 0
}

// FaultEvent is the window of a fault.
func FaultEvent(fault string, from, to Offset) Window {
	return Window{Name: "fault:" + fault, Kind: WindowFault, Fault: fault, From: from, To: to}
}

// Cut divides a trial into windows at its events:
//
//	| warmup | baseline | neighbour | steady | fault:a | after:a | fault:b | after:b |
//
// The plan cuts at the events as planned, the analysis at the events as they happened.
// Windows do not overlap: an event that begins within another ends it. What follows a
// fault is its recovery window, until the next event.
func Cut(events []Window, warmup, end Offset) []Window {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Window) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.rank(), b.rank()))
	})
	var windows []Window
	add := func(w Window, from, to Offset) {
		w.From, w.To = max(from, 0), min(to, end)
		if w.To > w.From {
			windows = append(windows, w)
		}
	}
	add(Window{Name: WindowWarmup, Kind: WindowWarmup}, 0, warmup)
	gap := Window{Name: WindowBaseline, Kind: WindowBaseline}
	at := warmup
	for i, e := range events {
		to := e.To
		if i+1 < len(events) {
			to = min(to, events[i+1].From)
		}
		add(gap, at, e.From)
		add(e, max(e.From, warmup), to)
		at = max(at, to)
		gap = e.after()
	}
	add(gap, at, end)
	return windows
}
