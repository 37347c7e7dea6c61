// Package watch shows a running plan to a person: bars in a terminal, plain lines
// elsewhere.
//
//  1. [New] picks bars when the output is a terminal with a size, lines otherwise.
//  2. The conductor calls the methods of [conduct.Watch].
//  3. Close ends the display; its lines stay on the screen.
package watch

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// lineEvery is how often plain lines report progress: often enough to see that
// it lives, rarely enough for a CI log.
const lineEvery = 10 * time.Second

// Lines writes plain lines, for logs and pipes.
type Lines struct {
	out io.Writer

	mu   sync.Mutex
	last time.Duration
}

// NewLines reports to out.
func NewLines(out io.Writer) *Lines { return &Lines{out: out} }

// Print implements [conduct.Watch].
func (l *Lines) Print(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, line) // a display cannot report its own failure
}

// TrialStarted implements [conduct.Watch].
func (l *Lines) TrialStarted(t plan.Trial, of int) {
	l.mu.Lock()
	l.last = 0
	l.mu.Unlock()
	l.Print(fmt.Sprintf("trial %d of %d: %s, %s", t.Position, of, t.Name, t.Length))
}

// Tick implements [conduct.Watch].
func (l *Lines) Tick(s conduct.Snapshot) {
	l.mu.Lock()
	due := s.Elapsed-l.last >= lineEvery
	if due {
		l.last = s.Elapsed
	}
	l.mu.Unlock()
	if due && len(s.Waiting) > 0 {
		l.Print(fmt.Sprintf("  %4.0fs/%.0fs waiting for %s  %s", s.Elapsed.Seconds(), s.Length.Seconds(),
			strings.Join(s.Waiting, ", "), counts(s)))
		return
	}
	if due {
		l.Print(fmt.Sprintf("  %4.0fs/%.0fs %-24s %s", s.Elapsed.Seconds(), s.Length.Seconds(), s.Window, counts(s)))
	}
}

// TrialEnded implements [conduct.Watch].
func (l *Lines) TrialEnded(t results.Trial) {
	line := "  " + t.Name + " " + t.State
	if t.Reason != "" {
		line += ": " + t.Reason
	}
	l.Print(line)
}

// Close implements io.Closer.
func (l *Lines) Close() error { return nil }

// counts formats arrivals and outcomes.
func counts(s conduct.Snapshot) string {
	parts := []string{fmt.Sprintf("arrivals %d/%d", s.Started, s.Planned)}
	if s.Dropped > 0 {
		parts = append(parts, fmt.Sprintf("dropped %d", s.Dropped))
	}
	names := make([]string, 0, len(s.Outcomes))
	for name := range s.Outcomes {
		names = append(names, string(name))
	}
	sort.Strings(names)
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, s.Outcomes[results.Outcome(name)]))
	}
	if len(s.Faults) > 0 {
		parts = append(parts, "FAULT "+strings.Join(s.Faults, ", "))
	}
	return strings.Join(parts, "  ")
}
