package watch

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8"

	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// screen collects what a display writes.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func snapshot(started int64) conduct.Snapshot {
	return conduct.Snapshot{
		Elapsed: 12 * time.Second, Length: time.Minute, Window: "fault:redis-down", Planned: 9, Started: started, Dropped: 1,
		Outcomes: map[results.Outcome]int64{results.OK: 15, results.Refused: 2}, Faults: []string{"redis-down"},
	}
}

// Every frame has the clock, the arrivals, the outcomes and the faults, also when
// more arrivals have started than were planned when the bar was made.
func TestBars(t *testing.T) {
	var out screen
	b := newBars(&out, mpb.WithAutoRefresh(), mpb.WithWidth(100))
	b.TrialStarted(plan.Trial{Name: "01-shared", Setup: "shared", Position: 1, Length: time.Minute}, 2)
	for _, achieved := range []int64{2, 7, 8} {
		b.Tick(snapshot(achieved))
		waitForFrame(t, &out, "trial 1/2 shared", "12s of 60s  fault:redis-down", fmt.Sprintf("%d/9  dropped 1", achieved),
			"ok 15  refused 2", "faults in effect           redis-down")
	}
	b.TrialEnded(results.Trial{Name: "01-shared", State: results.TrialHalted, Reason: "stopped by a person"})
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got := out.String(); !strings.Contains(got, "01-shared halted: stopped by a person") {
		t.Errorf("the end is not told:\n%s", got)
	}
}

// waitForFrame waits until one frame, from the clock's line on, holds all of it.
func waitForFrame(t *testing.T, out *screen, want ...string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		all := out.String()
		frame := all[max(strings.LastIndex(all, "trial 1/2"), 0):]
		missing := slices.IndexFunc(want, func(w string) bool { return !strings.Contains(frame, w) })
		if missing < 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no frame has %q; the last one is\n%s", want[missing], frame)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Plain lines come every ten seconds and have the same content.
func TestLines(t *testing.T) {
	var out screen
	l := NewLines(&out)
	l.TrialStarted(plan.Trial{Name: "01-shared", Position: 1, Length: time.Minute}, 2)
	l.Tick(snapshot(7))
	l.Tick(snapshot(8)) // at the same time: not due
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := "12s/60s fault:redis-down         arrivals 7/9  dropped 1  ok 15  refused 2  FAULT redis-down"
	if len(got) != 2 || strings.TrimSpace(got[1]) != want {
		t.Errorf("got %q, want one line %q", got, want)
	}
}

// After its time, progress names what the trial waits for.
func TestLinesAfterTheTrialsTime(t *testing.T) {
	var out screen
	l := NewLines(&out)
	s := snapshot(7)
	s.Elapsed, s.Waiting = 75*time.Second, []string{"load dispatch", "fault redis-down"}
	l.Tick(s)
	want := "75s/60s waiting for load dispatch, fault redis-down  arrivals 7/9  dropped 1  ok 15  refused 2  FAULT redis-down"
	if got := strings.TrimSpace(out.String()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
