package drill

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// drillBy does one drill by commands and returns its record.
func drillBy(t *testing.T, kind string, commands map[string]string, limit time.Duration) results.Drill {
	t.Helper()
	return drillUntil(t.Context(), t, kind, commands, limit)
}

// drillUntil does the same in a run that ctx ends.
func drillUntil(ctx context.Context, t *testing.T, kind string, commands map[string]string, limit time.Duration) results.Drill {
	t.Helper()
	var kept []results.Drill
	rig := Rig{Setup: "one", Log: slog.New(slog.DiscardHandler), Keep: func(r results.Drill) { kept = append(kept, r) }}
	p := plan.Drill{Kind: kind, Name: "release", Strategy: spec.ByCommand, Spec: spec.Drill{Commands: commands, Limit: limit}}
	rig.Run(ctx, clock.At(time.Now()), p)
	if len(kept) == 0 {
		t.Fatal("no record")
	}
	return kept[len(kept)-1]
}

func TestCommandsOfADrill(t *testing.T) {
	good := drillBy(t, results.DrillRecovery, map[string]string{"backup": "echo $HARNESS_SETUP/$HARNESS_DRILL", "break": "true",
		"restore": "echo restored"}, time.Minute)
	if good.Err != "" || len(good.Steps) != 3 || good.Steps[0].Note != "one/release" || good.Steps[2].Note != "restored" {
		t.Errorf("a recovery by commands: %+v", good)
	}
	for _, s := range good.Steps {
		if s.To == nil || *s.To < s.From {
			t.Errorf("step %s has no end", s.Name)
		}
	}
	bad := drillBy(t, results.DrillChange, map[string]string{"deploy": "echo no such image >&2; exit 3", "rollback": "true"}, time.Minute)
	if !bad.RolledBack || !strings.Contains(bad.Err, "exit status 3") || len(bad.Steps) != 2 || bad.Steps[0].Note != "no such image" {
		t.Errorf("a bad release: %+v", bad)
	}
	began := time.Now()
	stuck := drillBy(t, results.DrillChange, map[string]string{"deploy": "sleep 600 & wait"}, 300*time.Millisecond)
	if stuck.Err == "" || time.Since(began) > 2*time.Minute {
		t.Errorf("a command beyond its limit: %+v after %v", stuck, time.Since(began))
	}
}

// A service is bad when too many steps fail, or when none ends; a few steps are
// judged at the end alone.
func TestWatchAfterAChange(t *testing.T) {
	for _, c := range []struct {
		name       string
		bad, steps int64
		over, want bool
	}{
		{"few, not over", 5, 10, false, false},
		{"few, over", 5, 10, true, true},
		{"enough, at the limit", 2, 40, false, true},
		{"enough, below it", 1, 40, false, false},
		{"enough, below it, over", 1, 40, true, false},
		{"no answer yet", 0, 0, false, false},
		{"no answer at all", 0, 0, true, true},
	} {
		if got := tooMany(c.bad, c.steps, 0.05, c.over); got != c.want {
			t.Errorf("%s: bad is %v, want %v", c.name, got, c.want)
		}
	}
}

// Ctrl-C in the middle of a change reverts it.
func TestCancelledChangeIsRolledBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	begun := filepath.Join(t.TempDir(), "begun")
	go func() {
		defer cancel()
		_ = eventually.Within(time.Minute, func() error { _, err := os.Stat(begun); return err })
	}()
	cut := drillUntil(ctx, t, results.DrillChange, map[string]string{"deploy": "touch " + begun + "; sleep 600", "rollback": "echo as before"},
		10*time.Minute)
	back := cut.Step("rollback")
	if cut.Err == "" || !cut.RolledBack || back == nil || back.Err != "" || back.Note != "as before" {
		t.Errorf("a change that was cut short: %+v", cut)
	}
}
