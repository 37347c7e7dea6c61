package run

import (
	"cmp"
	"sort"

	"example.org/odooharness/results"
)

// events lists what happened in a trial: faults as injected, everything else as planned.
//
// A fault's window begins when the fault was requested and not when its effect was
// proved, since the effect precedes its proof. It ends when the fault was removed, or
// with the trial. A fault whose effect was lost ends there: what follows is its aftermath.
func events(t results.Trial, injections []results.Injection, end results.Offset) []results.Window {
	planned := t.Events
	if len(planned) == 0 {
		planned = t.Windows
	}
	var all []results.Window
	for _, w := range planned {
		if w.IsEvent() && w.Kind != results.WindowFault {
			all = append(all, w)
		}
	}
	for _, in := range injections {
		to := end
		if mark := cmp.Or(in.End(), in.Recovered); mark != nil {
			to = max(*mark, in.Requested)
		}
		all = append(all, results.FaultEvent(in.Fault, in.Requested, to))
	}
	return all
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
