package campaign

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// A held fault begins 5 s before the first step and ends 1 s before the trial.
func TestHold(t *testing.T) {
	at := results.OffsetOf
	trial := plan.Trial{Length: 70 * time.Second, Windows: []results.Window{{From: 0}, {From: at(6 * time.Second),
		Step: &results.Step{}},
		{From: at(20 * time.Second), Step: &results.Step{}}}}
	if begin, lasts, err := hold(trial); err != nil || begin != time.Second || lasts != 68*time.Second {
		t.Errorf("from %s for %s, %v", begin, lasts, err)
	}
	trial.Windows[1].From = at(4 * time.Second)
	if _, _, err := hold(trial); err == nil || err.Error() != "its first step begins at 4s, and the fault needs 5s before it" {
		t.Errorf("a step too early: %v", err)
	}
}

// withLadders is a campaign of two held faults that share the ladder without one.
func withLadders(t *testing.T) *Campaign {
	t.Helper()
	c := twoCells(t)
	c.compared = map[string]matrix.Capacity{}
	ladder := func(fault string) Experiment {
		e := c.Experiments[0]
		e.Name, e.Fault = "ladder--"+fault, fault
		e.File = filepath.Join(filepath.Dir(e.File), e.Name+".yaml")
		e.Inputs = []results.Input{{Path: e.File, SHA256: e.Name}}
		return e
	}
	c.held, c.left = []held{{without: ladder("none"), with: []Experiment{ladder("slow"), ladder("stop")}}}, 0.5
	c.Experiments = nil
	return c
}

// The ladder without a fault is run once for all, before those with one. What a row lacks is
// named.
func TestLaddersAreRunOnce(t *testing.T) {
	c := withLadders(t)
	p, running := start(t, c)
	p.crash("stop", "harness run ended with exit status 3")
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"none", "slow", "stop"}, p.ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	p.ran = nil
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"stop"}, p.ran); diff != "" {
		t.Errorf("ran again (-want +got):\n%s", diff)
	}
	rows := surveyed(t, c, *p.clock)
	if rows[0].State != matrix.Measured || rows[0].Base == "" || rows[0].Run == "" {
		t.Errorf("measured: %+v", rows[0])
	}
	const why = "The run ended without a result: harness run ended with exit status 3."
	if rows[1].Word() != "invalid" || rows[1].Why != why || rows[1].Run != "" || rows[1].Started == nil {
		t.Errorf("crashed: %+v", rows[1])
	}
	if old := surveyed(t, c, p.clock.Add(72*time.Hour)); old[0].State != matrix.TooOld {
		t.Errorf("three days later: %+v", old[0])
	}
}

// A ladder without a fault that crashed makes all rows invalid, and one that was never run has
// its own reason.
func TestLaddersWithoutTheirBase(t *testing.T) {
	c := withLadders(t)
	record(t, c, c.held[0].with[0], func(*recordedRun) {})
	p, running := start(t, c)
	p.crash("none", "out of memory")
	must(t, c.Run(t.Context(), running))
	row := surveyed(t, c, *p.clock)[0]
	if row.Word() != "invalid" || row.Why != "Without the fault: The run ended without a result: out of memory." {
		t.Errorf("crashed: %+v", row)
	}
	must(t, os.Remove(c.held[0].without.crashFile()))
	if row = surveyed(t, c, *p.clock)[0]; row.State != matrix.None || row.Why != "Without the fault: It was never run." {
		t.Errorf("never run: %+v", row)
	}
}

func surveyed(t *testing.T, c *Campaign, now time.Time) []matrix.Capacity {
	t.Helper()
	m, err := c.Survey(context.WithoutCancel(t.Context()), now)
	must(t, err)
	return m.Held
}

// A ladder of another version than the one without a fault does not compare with it.
func TestLaddersOfOtherVersions(t *testing.T) {
	c := withLadders(t)
	record(t, c, c.held[0].without, func(*recordedRun) {})
	record(t, c, c.held[0].with[0], func(r *recordedRun) { r.versions["postgres"] = "15" })
	row := surveyed(t, c, noon())[0]
	if row.State != matrix.None || row.Why != "The run of 20 November 2026 09:00 had postgres 15, and now it is 16." {
		t.Errorf("%+v", row)
	}
}
