package background_test

import (
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// backlogRun is a calm trial with a fault window in which five messages wait, the oldest
// for eight seconds. They have drained four seconds after it.
func backlogRun(t *testing.T, drains bool) *analyzer.Judgement {
	t.Helper()
	after := 1.0
	if !drains {
		after = 3
	}
	return outboxOf(t, func(from, to float64) []run.Reading {
		return []run.Reading{{At: synthetic.At(from - 1), Value: 1}, {At: synthetic.At(from + 1), Value: 5}, {At: synthetic.At(to - 0.5), Value: 4}, {At: synthetic.At(to + 1), Value: 3}, {At: synthetic.At(to + 4), Value: after}}
	})
}

// outboxOf is a trial with a fault and the counts of t1's outbox around it; its oldest
// entry has waited 8 s once within the fault.
func outboxOf(t *testing.T, counts func(from, to float64) []run.Reading) *analyzer.Judgement {
	t.Helper()
	recorded, fault := synthetic.OutageRun(t)
	from, to := fault.From.Seconds(), fault.To.Seconds()
	point := func(at float64, series, tenant string, value float64) results.Point {
		return results.Point{At: synthetic.At(at), Series: series, Component: "shared/postgres", Tenant: tenant, Value: value, Better: "lower"}
	}
	points := []results.Point{point(from+1, "jobs.outbox.age", "t1", 8), point(from+1, "jobs.mail", "t1", 0),
		point(from+1, "jobs.somebody.elses", "t1", 9)}
	for _, r := range counts(from, to) {
		points = append(points, point(r.At.Seconds(), "jobs.outbox", "t1", r.Value))
	}
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", points)
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// faultBacklog is the one row of the fault's window.
func faultBacklog(t *testing.T, j *analyzer.Judgement) background.BacklogRow {
	t.Helper()
	var found []background.BacklogRow
	for _, r := range j.Backlogs {
		if r.Kind == results.WindowFault {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("want the one backlog that there was, have %+v", found)
	}
	return found[0]
}

func TestBacklogDrains(t *testing.T) {
	t.Parallel()
	j := backlogRun(t, true)
	r := faultBacklog(t, j)
	if r.Tenant != "t1" || r.Largest.Value != 5 || r.Oldest.Value != 8 || r.Drain.Value != 4 || r.Drain.Censored {
		t.Errorf("five, the oldest for 8 s, drained after 4 s: %+v", r)
	}
	if !synthetic.Contains(j, "BKG-004 messages to the carrier: at most 5, the oldest for 8 s") {
		t.Errorf("the finding names the worst: %+v", j.Findings)
	}
}

// A backlog at the last reading is censored.
func TestBacklogThatStays(t *testing.T) {
	t.Parallel()
	r := faultBacklog(t, backlogRun(t, false))
	if !r.Drain.Censored || r.Drain.Value != 4 {
		t.Errorf("not drained 4 s later: %+v", r.Drain)
	}
}

// While the database is unavailable nothing is read. The fault left the entries that wait
// after it.
func TestBacklogThatGrowsUnseen(t *testing.T) {
	t.Parallel()
	r := faultBacklog(t, outboxOf(t, func(from, to float64) []run.Reading {
		return []run.Reading{{At: synthetic.At(from - 1), Value: 0}, {At: synthetic.At(to + 2), Value: 6}, {At: synthetic.At(to + 9), Value: 0}}
	}))
	if !r.Largest.Missing || r.Drain.Value != 9 || r.Drain.Censored {
		t.Errorf("six that appear 2 s after the fault and are gone 7 s later: %+v", r)
	}
}

// A healthy queue goes up and down: what the calm window before had as well is no
// backlog of the fault's.
func TestUsualQueueIsNoBacklog(t *testing.T) {
	t.Parallel()
	r := faultBacklog(t, outboxOf(t, func(from, to float64) []run.Reading {
		return []run.Reading{{At: synthetic.At(from - 3), Value: 2}, {At: synthetic.At(from - 1), Value: 0}, {At: synthetic.At(from + 1), Value: 2}, {At: synthetic.At(to - 0.5), Value: 2}, {At: synthetic.At(to + 1), Value: 2}}
	}))
	if r.Drain.Value != 0 || r.Drain.Censored {
		t.Errorf("two before, within and after: %+v", r.Drain)
	}
}
