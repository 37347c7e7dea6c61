package conduct

import (
	"testing"
	"time"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

func TestHaltWatch(t *testing.T) {
	type step struct {
		at        float64
		steps, ok int64
		halts     bool
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"healthy", []step{{1, 10, 10, false}, {30, 300, 300, false}}},
		{"a short outage", []step{{1, 10, 10, false}, {2, 20, 10, false}, {5, 50, 10, false}, {6, 70, 30, false}, {30, 300, 260, false}}},
		{"a long outage", []step{{1, 10, 10, false}, {2, 20, 10, false}, {11, 30, 10, false}, {12, 40, 10, true}}},
		{"an outage that answers nothing", []step{{1, 10, 10, false}, {2, 20, 10, false}, {12, 21, 10, true}}},
		{"silence is no proof of failure", []step{{1, 10, 10, false}, {40, 11, 10, false}}},
	}
	for _, tt := range tests {
		h := &haltWatch{rule: spec.Halt{ErrorShare: 0.9, For: 10 * time.Second}}
		for _, s := range tt.steps {
			reason := h.observe(Snapshot{
				Elapsed: time.Duration(s.at * float64(time.Second)), Steps: s.steps,
				Outcomes: map[results.Outcome]int64{results.OK: s.ok, results.Gateway: s.steps - s.ok},
			})
			if got := reason != ""; got != s.halts {
				t.Errorf("%s: at %v s halts %v (%s), want %v", tt.name, s.at, got, reason, s.halts)
			}
		}
	}
}
