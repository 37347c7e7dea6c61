package run

import (
	"slices"
	"sort"

	"example.org/odooharness/results"
)

// span is an event that divides a trial into windows.
type span struct {
	name, kind, fault string
	step              *results.Step
	from, to          results.Offset
	after             results.Window // name and kind of what follows
}

// cut divides a trial into windows by what really happened:
//
//	| warmup | baseline | neighbour | steady | fault:a | after:a | fault:b | after:b |
//	                                         ^requested ^removed
//
// The window of a fault begins when the fault was requested: its effect precedes the
// proof. It ends when the fault was removed, or with the trial. Names are those of the
// plan. Windows do not overlap: an event that begins within another one ends it.
func cut(t results.Trial, injections []results.Injection, end results.Offset) []results.Window {
	spans := spansOf(t, injections, end)
	gap := results.Window{Name: results.WindowBaseline, Kind: results.WindowBaseline}
	for _, w := range t.Windows {
		if w.Kind == results.WindowBaseline && w.Step == nil {
			gap.Name = w.Name
			break
		}
	}
	var windows []results.Window
	add := func(w results.Window, from, to results.Offset) {
		w.From, w.To = max(from, 0), min(to, end)
		if w.To > w.From {
			windows = append(windows, w)
		}
	}
	add(results.Window{Name: results.WindowWarmup, Kind: results.WindowWarmup}, 0, t.Warmup)
	at := t.Warmup
	for i, s := range spans {
		if i+1 < len(spans) {
			s.to = min(s.to, spans[i+1].from)
		}
		add(gap, at, s.from)
		add(results.Window{Name: s.name, Kind: s.kind, Fault: s.fault, Step: s.step}, max(s.from, t.Warmup), s.to)
		at = max(at, s.to)
		gap = s.after
	}
	add(gap, at, end)
	return windows
}

// spansOf lists the events of a trial in time: faults as injected, windows of other kinds
// as planned.
func spansOf(t results.Trial, injections []results.Injection, end results.Offset) []span {
	var spans []span
	for i, w := range t.Windows {
		if w.Kind != results.WindowNeighbor && w.Kind != results.WindowDrill && w.Step == nil {
			continue
		}
		s := span{name: w.Name, kind: w.Kind, step: w.Step, from: w.From, to: w.To,
			after: results.Window{Name: "after:" + w.Name, Kind: results.WindowOther}}
		if i+1 < len(t.Windows) && t.Windows[i+1].Kind == results.WindowOther {
			s.after.Name = t.Windows[i+1].Name
		}
		if w.Step != nil {
			s.after.Kind = results.WindowRest
		}
		spans = append(spans, s)
	}
	for _, in := range injections {
		s := span{name: "fault:" + in.Fault, kind: results.WindowFault, fault: in.Fault, from: in.Requested, to: end,
			after: results.Window{Name: "after:" + in.Fault, Kind: results.WindowRecovery, Fault: in.Fault}}
		for _, mark := range []*results.Offset{in.Removed, in.Recovered} {
			if mark != nil {
				s.to = max(*mark, s.from)
				break
			}
		}
		for _, w := range t.Windows {
			switch {
			case w.Fault != in.Fault:
			case w.Kind == results.WindowFault:
				s.name = w.Name
			case w.Kind == results.WindowRecovery:
				s.after.Name = w.Name
			}
		}
		spans = append(spans, s)
	}
	slices.SortStableFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	return spans
}

// place sets the window of each record, by its intended start.
func place(windows []results.Window, records []Record) {
	for i := range records {
		records[i].Window = int16(WindowAt(windows, records[i].At))
	}
}

// WindowAt returns the position of the window that contains a time, or -1.
func WindowAt(windows []results.Window, at results.Offset) int {
	i := sort.Search(len(windows), func(i int) bool { return windows[i].To > at })
	if i == len(windows) || windows[i].From > at {
		return -1
	}
	return i
}

// Calm reports whether windows of a kind are undisturbed.
func Calm(kind string) bool { return kind == results.WindowBaseline || kind == results.WindowOther }
