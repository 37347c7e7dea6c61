package analyzer

import (
	"testing"

	"odooharness/results"
)

// backlogRun is a calm trial with a fault window in which five messages wait, the oldest
// for eight seconds; they are gone four seconds after it.
func backlogRun(t *testing.T, drains bool) *Judgement {
	t.Helper()
	p := calmPlant(2)
	p.setups, p.replicates, p.outage = []string{"multi-tenant"}, 1, true
	run := p.write(t)
	var fault results.Window
	for _, w := range run.Trials[0].Windows {
		if w.Kind == results.WindowFault {
			fault = w
		}
	}
	from, to := fault.From.Seconds(), fault.To.Seconds()
	point := func(at float64, series, tenant string, value float64) results.Point {
		return results.Point{At: off(at), Series: series, Component: "shared/postgres", Tenant: tenant, Value: value, Better: "lower"}
	}
	after := 1.0
	if !drains {
		after = 3
	}
	writeTable(t, run.Trials[0].Dir, "series", []results.Point{
		point(from-1, "jobs.outbox", "t1", 1), point(from-1, "jobs.outbox.age", "t1", 0.5),
		point(from+1, "jobs.outbox", "t1", 5), point(from+1, "jobs.outbox.age", "t1", 8),
		point(to-0.5, "jobs.outbox", "t1", 4), point(to+1, "jobs.outbox", "t1", 3), point(to+4, "jobs.outbox", "t1", after),
		point(from+1, "jobs.mail", "t1", 0), point(from+1, "jobs.somebody.elses", "t1", 9),
	})
	j, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// faultBacklog is the one row of the fault's window.
func faultBacklog(t *testing.T, j *Judgement) BacklogRow {
	t.Helper()
	var found []BacklogRow
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
	j := backlogRun(t, true)
	r := faultBacklog(t, j)
	if r.Tenant != "t1" || r.Largest.Value != 5 || r.Oldest.Value != 8 || r.Drain.Value != 4 || r.Drain.Censored {
		t.Errorf("five, the oldest for 8 s, drained after 4 s: %+v", r)
	}
	if !saysSo(j, "BKG-004 messages to the carrier: at most 5, the oldest for 8.0 s") {
		t.Errorf("the finding names the worst: %+v", j.Findings)
	}
}

// A backlog that is there at the last reading is censored, not drained at it.
func TestBacklogThatStays(t *testing.T) {
	r := faultBacklog(t, backlogRun(t, false))
	if !r.Drain.Censored || r.Drain.Value != 4 {
		t.Errorf("not drained 4 s later: %+v", r.Drain)
	}
}
