package results

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seconds is an offset in whole seconds.
func seconds(n int) Offset { return OffsetOf(time.Duration(n) * time.Second) }

func TestCut(t *testing.T) {
	window := func(name, kind, fault string, from, to int) Window {
		return Window{Name: name, Kind: kind, Fault: fault, From: seconds(from), To: seconds(to)}
	}
	warmup := window("warmup", WindowWarmup, "", 0, 10)
	neighbour := func(from, to int) Window { return window("noisy", WindowNeighbor, "", from, to) }
	fault := func(name string, from, to int) Window { return FaultEvent(name, seconds(from), seconds(to)) }
	step := func(name, kind string, from, to int) Window {
		return Window{Name: name, Kind: kind, Step: &Step{Scenario: "mix", Level: 2}, From: seconds(from), To: seconds(to)}
	}
	washout := func(from, to int) Window { return window("washout", WindowWashout, "", from, to) }
	block := func(n int, kind string, from, to int) Window {
		return Window{Name: kind, Kind: kind, Block: n, From: seconds(from), To: seconds(to)}
	}
	for _, tt := range []struct {
		name   string
		events []Window
		want   []Window
	}{
		{"no event", nil, []Window{warmup, window("baseline", WindowBaseline, "", 10, 100)}},
		{"neighbour, then a fault, given out of order", []Window{fault("pg", 60, 65), neighbour(20, 40)}, []Window{
			warmup, window("baseline", WindowBaseline, "", 10, 20), neighbour(20, 40), window("after:noisy", WindowAftermath, "", 40, 60),
			window("fault:pg", WindowFault, "pg", 60, 65), window("after:pg", WindowRecovery, "pg", 65, 100),
		}},
		{"a fault within the neighbour ends it", []Window{neighbour(20, 80), fault("pg", 30, 35)}, []Window{
			warmup, window("baseline", WindowBaseline, "", 10, 20), neighbour(20, 30),
			window("fault:pg", WindowFault, "pg", 30, 35), window("after:pg", WindowRecovery, "pg", 35, 100),
		}},
		{"a fault wins over a neighbour that begins with it", []Window{fault("pg", 20, 25), neighbour(20, 40)}, []Window{
			warmup, window("baseline", WindowBaseline, "", 10, 20),
			window("fault:pg", WindowFault, "pg", 20, 25), window("after:pg", WindowRecovery, "pg", 25, 100),
		}},
		{"overlapping faults", []Window{fault("pg", 20, 40), fault("redis", 30, 50)}, []Window{
			warmup, window("baseline", WindowBaseline, "", 10, 20), window("fault:pg", WindowFault, "pg", 20, 30),
			window("fault:redis", WindowFault, "redis", 30, 50), window("after:redis", WindowRecovery, "redis", 50, 100),
		}},
		{"steps of a ladder, with rests", []Window{step("mix-1", WindowBaseline, 10, 20), step("mix-2", WindowStep, 25, 35)}, []Window{
			warmup, step("mix-1", WindowBaseline, 10, 20), window("after:mix-1", WindowRest, "", 20, 25),
			step("mix-2", WindowStep, 25, 35), window("after:mix-2", WindowRest, "", 35, 100),
		}},
		{"a drill is open until the next event", []Window{
			window("drill:recovery", WindowDrill, "", 20, 100), window("drill:recovery:restore", WindowDrill, "", 40, 100),
		}, []Window{
			warmup, window("baseline", WindowBaseline, "", 10, 20), window("drill:recovery", WindowDrill, "", 20, 40),
			window("drill:recovery:restore", WindowDrill, "", 40, 100),
		}},
		{"an event begins in the warm-up, another lasts beyond the end", []Window{neighbour(5, 30), fault("pg", 90, 120)}, []Window{
			warmup, neighbour(10, 30), window("after:noisy", WindowAftermath, "", 30, 90), window("fault:pg", WindowFault, "pg", 90, 100),
		}},
		{"switchback blocks: what follows one without the neighbour is calm", []Window{block(1, WindowBaseline, 10, 20), washout(20, 22),
			block(2, WindowNeighbor, 22, 30), washout(30, 32), block(3, WindowBaseline, 32, 40)}, []Window{
			warmup, block(1, WindowBaseline, 10, 20), washout(20, 22), block(2, WindowNeighbor, 22, 30), washout(30, 32),
			block(3, WindowBaseline, 32, 40), window("after:blocks", WindowOther, "", 40, 100),
		}},
		{"an event after the end", []Window{fault("pg", 110, 120)}, []Window{warmup, window("baseline", WindowBaseline, "", 10, 100)}},
	} {
		if diff := cmp.Diff(tt.want, Cut(tt.events, seconds(10), seconds(100))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A trial that ended in its warm-up has nothing else.
func TestCutOfAShortTrial(t *testing.T) {
	want := []Window{{Name: "warmup", Kind: WindowWarmup, To: seconds(4)}}
	if diff := cmp.Diff(want, Cut([]Window{FaultEvent("pg", seconds(20), seconds(30))}, seconds(10), seconds(4))); diff != "" {
		t.Error(diff)
	}
}
