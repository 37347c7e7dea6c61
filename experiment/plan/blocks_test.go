package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Four blocks of 5 s from 20 s on: the neighbour is on from 25 s to 35 s. The wash-out is
// 2 s after each edge and half as long before the neighbour begins.
func TestBlocksAreWindows(t *testing.T) {
	e := small()
	plain, err := New(t.Context(), small(), inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	e.Scenarios[1].Name, e.Scenarios[1].Start, e.Scenarios[1].Duration = "neighbour-1", spec.Moment{Offset: 25 * time.Second}, 10*time.Second
	e.Blocks = &spec.Blocks{Scenario: "neighbour", Number: 4, Length: 5 * time.Second, Washout: 2 * time.Second, Copies: []string{"neighbour-1"}}
	planned, err := New(t.Context(), e, inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	type window struct {
		name     string
		block    int
		from, to float64
	}
	var got []window
	for _, w := range planned.Trials[0].Windows {
		got = append(got, window{w.Name, w.Block, w.From.Seconds(), w.To.Seconds()})
	}
	want := []window{
		{"warmup", 0, 0, 10}, {"baseline", 0, 10, 20},
		{"baseline", 1, 20, 24}, {"washout", 0, 24, 27}, {"neighbour", 2, 27, 30}, {"neighbour", 3, 30, 35}, {"washout", 0, 35, 37},
		{"baseline", 4, 37, 40}, {"after:blocks", 0, 40, 60}, {"fault:pg", 0, 60, 65}, {"after:pg", 0, 65, 100},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(window{})); diff != "" {
		t.Error(diff)
	}
	// The analysis cuts again at the recorded events, and finds the same windows.
	trial := planned.Trials[0]
	again := results.Cut(trial.Events, results.OffsetOf(trial.Warmup), results.OffsetOf(trial.Length))
	if diff := cmp.Diff(trial.Windows, again); diff != "" {
		t.Error(diff)
	}
	// Abiding tenants offer what they offer without blocks, from the same seed.
	if diff := cmp.Diff(plain.Trials[0].Bursts[0], trial.Bursts[0]); diff != "" || plain.Trials[0].Seed != trial.Seed {
		t.Errorf("the load of abiding tenants differs: %s", diff)
	}
}

// A fault within the blocks would end one: it is refused, unless the file allows it.
func TestFaultWithinBlocks(t *testing.T) {
	e := small()
	e.Scenarios[1].Name, e.Scenarios[1].Start, e.Scenarios[1].Duration = "neighbour-1", spec.Moment{Offset: 50 * time.Second}, 10*time.Second
	e.Blocks = &spec.Blocks{Scenario: "neighbour", Number: 4, Length: 5 * time.Second, Washout: 2 * time.Second, Copies: []string{"neighbour-1"}}
	_, err := New(t.Context(), e, inspectSmall, hitsDatabase)
	const want = "faults.0: pg on a: it lies within the blocks of the neighbour, 45s to 1m5s, and would end one"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	e.Faults[0].AllowOverlap = true
	if _, err := New(t.Context(), e, inspectSmall, hitsDatabase); err != nil {
		t.Error(err)
	}
}
