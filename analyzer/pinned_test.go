package analyzer_test

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// pinned is a run of two setups that is small enough to be computed by hand. An order is
// due each second for 100 s and starts 200 ms late:
//
//	 0 to  9   warm-up, served after 9 s
//	10 to 89   served 500 ms after they were due
//	90 to 99   refused after 10 ms
func pinned() *analyzer.Judgement {
	manifest := results.Manifest{
		Schema: results.SchemaVersion, Experiment: "pinned", Seed: 1,
		Objectives: []results.Objective{{Name: "orders", Target: 0.85, Threshold: 1, Budgeting: "Occurrences"}},
		Setups: []results.Setup{
			{Name: "shared", Tenancy: results.Shared, Workers: 4, CPU: 2, CPUEnforced: true, Currency: "EUR", CostPerHour: 2,
				Tenants: []results.Tenant{{Name: "t1", Role: results.Abiding}}},
			{Name: "dedicated", Tenancy: results.Dedicated, Workers: 3, CPU: 2, CPUEnforced: true,
				Tenants: []results.Tenant{{Name: "t1", Role: results.Abiding}}},
		},
	}
	recorded := &results.Run{Manifest: manifest}
	var sources []run.Source
	for i, setup := range []string{"shared", "dedicated"} {
		trial := &results.TrialData{Trial: results.Trial{
			Name: fmt.Sprintf("%02d-%s", i+1, setup), Setup: setup, Replicate: 1, Position: i + 1, Seed: 1,
			Base: time.Unix(0, 0), Length: seconds(100), Warmup: seconds(10), State: results.TrialComplete,
			Windows: []results.Window{{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: seconds(10)},
				{Name: results.WindowBaseline, Kind: results.WindowBaseline, From: seconds(10), To: seconds(100)}},
			Load:      []results.Load{{Scenario: "s", Tenant: "t1", Journey: "orders", Planned: 100, Started: 95, Dropped: 5}},
			Generator: results.Generator{CPUSeconds: 10, Wall: 100, CPUs: 2, LateP50: 0.001, LateP99: 0.6},
		}}
		var samples results.SampleColumns
		var writes []results.Write
		for s := range 100 {
			due := float64(s)
			sample := results.Sample{Scenario: "s", Tenant: "t1", Journey: "orders", Step: results.Journey, Outcome: results.OK,
				Intended: seconds(due), Started: seconds(due + 0.2), Ended: seconds(due + 0.5)}
			switch {
			case s < 10:
				sample.Ended = seconds(due + 9)
			case s >= 90:
				sample.Started, sample.Ended, sample.Outcome = seconds(due), seconds(due+0.01), results.Refused
			default:
				writes = append(writes, results.Write{Tenant: "t1", Op: results.OpOrder, Ref: fmt.Sprint(s), Attempted: sample.Started,
					Answered: sample.Ended, Ack: results.Acknowledged})
			}
			sample.Ended += results.Offset(i) // two setups do not record the same to the nanosecond
			samples.Append(sample)
		}
		recorded.Trials = append(recorded.Trials, trial)
		sources = append(sources, run.Source{TrialData: trial, Samples: one(&samples), Writes: each(writes)})
	}
	return analyzer.Judge(recorded, sources, analyzer.Options{})
}

func seconds(s float64) results.Offset {
	return results.Offset(s*1000) * results.Offset(time.Millisecond)
}

func one(c *results.SampleColumns) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) { yield(c, nil) }
}

func each(all []results.Write) iter.Seq2[results.Write, error] {
	return func(yield func(results.Write, error) bool) {
		for _, w := range all {
			if !yield(w, nil) {
				return
			}
		}
	}
}

// figure is a quantity without how it was made.
type figure struct {
	Value    float64
	N        int
	Censored bool
}

func of(q finding.Quantity) figure { return figure{q.Value, q.N, q.Censored} }

// Latency counts from the intended start and service from the actual one. Arrivals that
// were refused in 10 ms sort last: 11 % of them leave no P95, and none is in service.
func TestPinnedLatency(t *testing.T) {
	t.Parallel()
	for _, row := range pinned().Windows {
		if row.Setup != "shared" || row.Tenant != finding.Everyone || row.Window != results.WindowBaseline {
			continue
		}
		got := map[string]figure{"P50": of(row.Latency.P50), "P95": of(row.Latency.P95), "service P50": of(row.Service.P50),
			"offered": {float64(row.Offered), row.Good, false}}
		want := map[string]figure{"P50": {0.5, 90, false}, "P95": {0.5, 90, true}, "service P50": {0.3, 80, false},
			"offered": {90, 80, false}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		return
	}
	t.Error("no row for the baseline")
}

// The warm-up is not part of an objective: 80 of 90 orders within 1 s, not 80 of 100. The
// error budget of 15 % is spent to 74 %.
func TestPinnedObjective(t *testing.T) {
	t.Parallel()
	row := pinned().Objectives[0]
	got := []float64{row.Achieved.Value, float64(row.Achieved.N), row.Burn.Value}
	if diff := cmp.Diff([]float64{80.0 / 90, 90, (10.0 / 90) / 0.15}, got, near); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// 80 orders in 90 s are 3,200 an hour; at 2 EUR an hour a thousand of them cost 0.625.
func TestPinnedCost(t *testing.T) {
	t.Parallel()
	for _, row := range pinned().Throughput {
		if row.Setup == "shared" && row.Tenant == finding.Everyone && row.Document == "order" {
			if diff := cmp.Diff([]float64{3200, 0.625}, []float64{row.PerHour.Value, row.Cost.Value}, near); diff != "" || row.Cost.Unit != "EUR" {
				t.Errorf("-want +got (%s):\n%s", row.Cost.Unit, diff)
			}
			return
		}
	}
	t.Error("no row for orders")
}

// Dropped arrivals are accounted for. A P99 of lateness above the P95 of latency, and
// unequal workers, are noticed.
func TestPinnedValidity(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"VAL-001 01-shared": "pass: 95 of 100 planned arrivals started, 5 dropped, 100 recorded.",
		"VAL-002 01-shared": "invalid: It used 5 % of 2 processors. Journeys with a free virtual user started late by 1 ms at P50, 600 ms at P99. " +
			"That is too late: latency in calm windows is 500 ms at P50, 500 ms at P95.",
		"VAL-007 ": "info: shared has 4 workers, dedicated has 3.",
	}
	got := map[string]string{}
	for _, f := range pinned().Findings {
		key := f.ID + " " + f.Scope.Trial
		if _, ok := want[key]; ok {
			got[key] = string(f.Verdict) + ": " + f.Because[0]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The limits of the experiment hold where the caller sets none; the defaults hold else.
func TestPinnedLimits(t *testing.T) {
	t.Parallel()
	promises := &results.Promises{Slowdown: 5, Percentile: 0.9, Recovery: 12, Alert: 3}
	for name, c := range map[string]struct{ got, want run.Options }{
		"of the experiment": {run.Options{}.HeldTo(promises).OrDefaults(), run.Options{Level: 0.95, MaxSlowdown: 5, Percentile: 0.9, MaxRecovery: 12,
			MaxAlert: 3, Margin: 1.1}},
		"of the caller": {run.Options{MaxRecovery: 7}.HeldTo(promises).OrDefaults(), run.Options{Level: 0.95, MaxSlowdown: 5, Percentile: 0.9,
			MaxRecovery: 7, MaxAlert: 3, Margin: 1.1}},
		"defaults": {run.Options{}.HeldTo(nil).OrDefaults(), run.Options{Level: 0.95, MaxSlowdown: 2, MaxRecovery: 30, Margin: 1.1}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A fault is in effect from 40 to 50 s, and nothing is served from 40 to 53 s. With five
// orders a second bins last 1 s: detected at the end of the first bin, back 3 s after the
// removal, and 13 share-seconds are lost.
func TestPinnedRecovery(t *testing.T) {
	t.Parallel()
	mark := func(s float64) *results.Offset { o := seconds(s); return &o }
	trial := &results.TrialData{
		Trial: results.Trial{Name: "01-shared", Setup: "shared", Replicate: 1, Position: 1, Seed: 1, Base: time.Unix(0, 0),
			Length: seconds(100), Warmup: seconds(10), State: results.TrialComplete,
			Windows: []results.Window{{Name: results.WindowWarmup, Kind: results.WindowWarmup, To: seconds(10)},
				{Name: results.WindowBaseline, Kind: results.WindowBaseline, From: seconds(10), To: seconds(40)},
				{Name: "fault:pg", Kind: results.WindowFault, Fault: "pg", From: seconds(40), To: seconds(50)},
				{Name: "after:pg", Kind: results.WindowRecovery, Fault: "pg", From: seconds(50), To: seconds(100)}}},
		Injections: []results.Injection{{Fault: "pg", Kind: "PodChaos", Tenants: []string{"t1"}, Requested: seconds(39), Injected: mark(39),
			InEffect: mark(40), Removing: mark(50), Removed: mark(50), Recovered: mark(50.1)}},
	}
	var samples results.SampleColumns
	for i := range 500 {
		due := float64(i) / 5
		s := results.Sample{Scenario: "s", Tenant: "t1", Journey: "orders", Step: results.Journey, Outcome: results.OK,
			Intended: seconds(due), Started: seconds(due), Ended: seconds(due + 0.1 + float64(i%7)/100)}
		if due >= 40 && due < 53 {
			s.Outcome = results.Refused
		}
		samples.Append(s)
	}
	recorded := &results.Run{Trials: []*results.TrialData{trial}, Manifest: results.Manifest{Schema: results.SchemaVersion,
		Setups: []results.Setup{{Name: "shared", Tenants: []results.Tenant{{Name: "t1", Role: results.Abiding}}}}}}
	j := analyzer.Judge(recorded, []run.Source{{TrialData: trial, Samples: one(&samples), Writes: each(nil)}}, analyzer.Options{})
	row := j.Recoveries[0]
	got := []float64{row.Detect.Value, row.Recover.Value, row.AreaLost.Value, row.Robustness.Value}
	if diff := cmp.Diff([]float64{1, 3, 13, 0}, got, near); diff != "" {
		t.Errorf("detect, recover, area, robustness (-want +got):\n%s", diff)
	}
}

// near compares figures that are computed in another order.
var near = cmp.Comparer(func(a, b float64) bool { return a == b || (a-b)*(a-b) < 1e-18*(a*a+b*b) })
