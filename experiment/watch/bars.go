package watch

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// Display is a watch that has to be closed.
type Display interface {
	conduct.Watch
	io.Closer
}

// New picks bars for a terminal, lines for anything else. A terminal that reports
// no rows gets lines: mpb draws nothing on it.
func New(out *os.File) Display {
	if width, rows, err := term.GetSize(int(out.Fd())); err == nil && rows > 0 && width >= 60 {
		return newBars(out)
	}
	return NewLines(out)
}

// refresh is how often bars are drawn: more often than a person reads, rarely enough
// to cost nothing.
const refresh = 250 * time.Millisecond

// bars shows, for the running trial, one bar for the time, one for arrivals
// achieved of planned, and a line each for outcomes and faults in effect.
type bars struct {
	progress *mpb.Progress

	mu       sync.Mutex
	snapshot conduct.Snapshot
	clock    *mpb.Bar
	arrivals *mpb.Bar
}

func newBars(out io.Writer, more ...mpb.ContainerOption) *bars {
	options := append([]mpb.ContainerOption{mpb.WithOutput(out), mpb.WithWidth(48), mpb.WithRefreshRate(refresh)}, more...)
	return &bars{progress: mpb.New(options...)}
}

// Print writes above the bars.
func (b *bars) Print(line string) {
	fmt.Fprintln(b.progress, line) // a display cannot report its own failure
}

// TrialStarted implements [conduct.Watch].
func (b *bars) TrialStarted(t plan.Trial, of int) {
	title := fmt.Sprintf("trial %d/%d %s", t.Position, of, t.Setup)
	b.set(conduct.Snapshot{Length: t.Length})
	// The bars are made without holding mu: mpb's renderer calls text, which takes it.
	clock := b.progress.New(int64(t.Length), mpb.BarStyle().Rbound("]"),
		mpb.PrependDecorators(b.text(func(conduct.Snapshot) string { return fmt.Sprintf("%-26s", title) })),
		mpb.AppendDecorators(b.text(func(s conduct.Snapshot) string {
			doing := s.Window
			if len(s.Waiting) > 0 {
				doing = "waiting for " + strings.Join(s.Waiting, ", ")
			}
			return fmt.Sprintf(" %3.0fs of %.0fs  %s", s.Elapsed.Seconds(), s.Length.Seconds(), doing)
		})),
		mpb.BarRemoveOnComplete())
	// A total of 0 can be set later; any other is final for mpb.
	arrivals := b.progress.New(0, mpb.BarStyle().Rbound("]"),
		mpb.PrependDecorators(b.text(func(conduct.Snapshot) string { return fmt.Sprintf("%-26s", "arrivals achieved/planned") })),
		mpb.AppendDecorators(b.text(func(s conduct.Snapshot) string {
			return fmt.Sprintf(" %d/%d  dropped %d", s.Started, s.Planned, s.Dropped)
		})),
		mpb.BarBtmExtender(b.below("outcomes", outcomes), b.below("faults in effect", faultsInEffect)),
		mpb.BarRemoveOnComplete())
	b.mu.Lock()
	b.clock, b.arrivals = clock, arrivals
	b.mu.Unlock()
}

func (b *bars) set(s conduct.Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshot = s
}

// below is a line under the bars: mpb moves up by as many rows as there are
// fillers, so that each writes one.
func (b *bars) below(title string, value func(conduct.Snapshot) string) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
		b.mu.Lock()
		s := b.snapshot
		b.mu.Unlock()
		_, err := fmt.Fprintf(w, "%-26s %s\n", title, value(s))
		return err
	})
}

func outcomes(s conduct.Snapshot) string {
	var all []string
	for _, o := range results.Outcomes() {
		if n := s.Outcomes[o]; n > 0 {
			all = append(all, fmt.Sprintf("%s %d", o, n))
		}
	}
	return strings.Join(all, "  ")
}

func faultsInEffect(s conduct.Snapshot) string {
	if len(s.Faults) == 0 {
		return "none"
	}
	return strings.Join(s.Faults, ", ")
}

func (b *bars) text(render func(conduct.Snapshot) string) decor.Decorator {
	return decor.Any(func(decor.Statistics) string {
		b.mu.Lock()
		defer b.mu.Unlock()
		return render(b.snapshot)
	})
}

// Tick implements [conduct.Watch].
func (b *bars) Tick(s conduct.Snapshot) {
	b.set(s)
	b.mu.Lock()
	clock, arrivals := b.clock, b.arrivals
	b.mu.Unlock()
	if clock == nil {
		return
	}
	clock.SetCurrent(min(int64(s.Elapsed), int64(s.Length)-1))
	arrivals.SetTotal(max(s.Planned, s.Started, 1), false)
	arrivals.SetCurrent(s.Started)
}

// TrialEnded implements [conduct.Watch].
func (b *bars) TrialEnded(t results.Trial) {
	b.removeBars()
	line := fmt.Sprintf("%s %s", t.Name, t.State)
	if t.Reason != "" {
		line += ": " + t.Reason
	}
	b.Print(line)
}

// Close implements io.Closer. It writes out the last lines.
func (b *bars) Close() error {
	b.removeBars()
	b.progress.Wait()
	return nil
}

// removeBars removes the bars of the running trial, if there are any.
func (b *bars) removeBars() {
	b.mu.Lock()
	clock, arrivals := b.clock, b.arrivals
	b.clock, b.arrivals = nil, nil
	b.mu.Unlock()
	if clock != nil {
		clock.Abort(true)
		arrivals.Abort(true)
	}
}
