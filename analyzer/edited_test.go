package analyzer_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// recordedRun is a run that passes: switchback blocks, a fault, an objective, an audit.
func recordedRun() simulate.Recorded {
	w := simulate.Standard(7)
	w.Length, w.Warmup, w.Replicates, w.Setups = 120, 4, 2, w.Setups[:1]
	w.Neighbour = simulate.Switchback(4, 84, 8)
	w.Faults = []simulate.Fault{{Name: "pg", At: 90, For: 4, Delay: 1, Back: 1}}
	w.Objectives = []results.Objective{{Name: "orders", Journeys: []string{"orders"}, Target: 0.9, Threshold: 10, Budgeting: "Occurrences"}}
	w.Promises = &results.Promises{Slowdown: 2, Recovery: 20}
	return w.Record()
}

// eachSample changes all samples of a run.
func eachSample(r *simulate.Recorded, change func(s *results.Sample)) {
	for i := range r.Trials {
		for k := range r.Trials[i].Samples {
			change(&r.Trials[i].Samples[k])
		}
	}
}

// A recorded run that passes, edited: what was not measured is not passed, what contradicts
// itself is no evidence, and the remedy fits the verdict.
func TestEditedRuns(t *testing.T) {
	t.Parallel()
	loud := func(s *results.Sample) bool {
		for _, w := range simulate.Switchback(4, 84, 8) {
			if s.Intended >= synthetic.At(w.From) && s.Intended < synthetic.At(w.To) {
				return true
			}
		}
		return false
	}
	refuseDisruptive := func(r *simulate.Recorded) {
		eachSample(r, func(s *results.Sample) {
			if strings.HasPrefix(s.Tenant, "n") {
				s.Outcome = results.Refused
			}
		})
	}
	for name, c := range map[string]struct {
		rows    func(r *simulate.Recorded)
		files   func(t *testing.T, dir string)
		verdict finding.Verdict
		reason  string
		remedy  string
	}{
		"as it was": {nil, nil, finding.Pass, "Passed: 1 objective, 1 fault check, 4 write checks, 1 neighbour check.", ""},
		"plan cut off": {nil, func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "plan.json"), 100); err != nil {
				t.Fatal(err)
			}
		}, finding.Inconclusive, "VAL-005 Completion of the trial: plan.json cannot be read, so that nothing shows whether trials are missing: " +
			"unexpected end of JSON input.", "Find what edited or cut the files of the run, and record it again."},
		"recovered before its effect": {func(r *simulate.Recorded) {
			for i := range r.Trials {
				in := &r.Trials[i].Injections[0]
				in.Recovered = synthetic.Mark(in.InEffect.Seconds() - 3)
			}
		}, nil, finding.Invalid, "VAL-004 Proof of the recovery (shared, 01-shared, pg): pg recovered 3 s before it was in effect: " +
			"the times in injections.json contradict each other.", "Find what edited or cut the files of the run, and record it again."},
		"in effect before its request": {func(r *simulate.Recorded) {
			for i := range r.Trials {
				in := &r.Trials[i].Injections[0]
				in.InEffect = synthetic.Mark(in.Requested.Seconds() - 5)
			}
		}, nil, finding.Invalid, "VAL-003 Proof of the fault (shared, 01-shared, pg): pg was in effect 5 s before it was requested: " +
			"the times in injections.json contradict each other.", "Read the log of the trial. Lengthen the fault, or correct its selector."},
		"negative writes": {func(r *simulate.Recorded) {
			r.Trials[0].Audit.Operations[0].Lost = -5
		}, nil, finding.Inconclusive, "DUR-006 Audit of the writes (shared, 01-shared): The audit in trial.json cannot be true: " +
			"it counts -5 writes: order of t1.", "Find what edited trial.json, and record the run again."},
		"more lost than acknowledged": {func(r *simulate.Recorded) {
			op := &r.Trials[0].Audit.Operations[0]
			op.Acknowledged, op.Lost = 10, 11
		}, nil, finding.Inconclusive, "DUR-006 Audit of the writes (shared, 01-shared): The audit in trial.json cannot be true: " +
			"it counts 11 lost of 10 acknowledged writes: order of t1.", "Find what edited trial.json, and record the run again."},
		"audit without operations": {func(r *simulate.Recorded) {
			for i := range r.Trials {
				r.Trials[i].Audit = &results.Audit{Method: "sql"}
			}
		}, nil, finding.Inconclusive, "DUR-006 Audit of the writes (shared): The audit read back none of the 2,137 acknowledged writes of the journal.",
			"Give the audit access: a DSN, or an account with permission to read."},
		"journal missing": {func(r *simulate.Recorded) {
			for i := range r.Trials {
				r.Trials[i].Writes = nil
			}
		}, nil, finding.Inconclusive, "DUR-001 Acknowledged writes (shared): None was found, but the journal is missing: nothing shows how many writes there were.",
			"Audit all acknowledged writes: give the audit access to every tenant, and keep the journal."},
		"an alert was promised": {func(r *simulate.Recorded) { r.Manifest.Promises.Alert = 5 }, nil, finding.Inconclusive,
			"RES-006 Alert on the fault (shared, pg): No Prometheus was read, so that no alert could be seen, limit 5 s.",
			"Check that the Prometheus of the setup is read before, during and after the fault."},
		"no window of the neighbour": {func(r *simulate.Recorded) {
			for i := range r.Trials {
				r.Trials[i].Events, r.Trials[i].Windows = nil, nil
			}
		}, nil, finding.Inconclusive, "ISO-001 Slowdown by a disruptive tenant (shared): No trial has a window of the disruptive tenant: " +
			"a slowdown was not measured, limit 2×.", "Let a disruptive tenant exceed its load in the experiment, or leave its slowdown limit out."},
		"neighbour refused": {refuseDisruptive, nil, finding.Inconclusive,
			"ISO-001 Slowdown by a disruptive tenant (shared, all abiding tenants): None of 90 journeys of the disruptive tenant under its load " +
				"was served: it did nothing that could slow others down.", "Find why the disruptive tenant was refused: a limit on it, or errors of its own."},
		"everybody refused under the neighbour": {func(r *simulate.Recorded) {
			refuseDisruptive(r)
			r.Manifest.Objectives = nil
			eachSample(r, func(s *results.Sample) {
				if loud(s) {
					s.Outcome = results.Gateway
				}
			})
		}, nil, finding.Fail, "ISO-001 Slowdown by a disruptive tenant (shared, all abiding tenants): All abiding tenants together: under the neighbour " +
			"the P95 is among the unserved arrivals, without the neighbour it is not, limit 2×.",
			"Give the disruptive tenant its own workers, or limit its share."},
		"a setup that no manifest has": {func(r *simulate.Recorded) { r.Trials[1].Setup = "elsewhere" }, nil, finding.Inconclusive,
			"VAL-005 Completion of the trial (elsewhere, 02-shared): manifest.json has no setup elsewhere.",
			"Find what edited or cut the files of the run, and record it again."},
		"rows of centuries": {func(r *simulate.Recorded) { r.Trials[0].Samples[9].Ended = math.MaxInt64 }, nil, finding.Invalid,
			"VAL-011 Soundness of the rows (shared, 01-shared): Rows that last longer than 71 min, the longest that can be judged: 1.",
			"Find what copied or edited the files of the run, and record it again."},
		"a journey that nobody offered": {func(r *simulate.Recorded) { r.Manifest.Objectives[0].Journeys = []string{"returns"} }, nil,
			finding.Inconclusive, "SLO-001 Objective orders (shared, all abiding tenants): No arrival of orders was recorded.",
			"Offer the journeys and steps of the objective, or correct their names."},
		"time slices": {func(r *simulate.Recorded) {
			o := &r.Manifest.Objectives[0]
			o.Budgeting, o.Timeslice, o.SliceGood = "Timeslices", 5, 0.9
		}, nil, finding.Inconclusive, "SLO-001 Objective orders (shared, all abiding tenants): 93.8 % of 48 time slices good " +
			"(90 % of the events served within 10 s), target 90 %; the interval from 77.8 % to 98.5 % contains the target. " +
			"If this share stays, 13 trials of this length decide it.", "Run more trials, or longer ones. The finding states how many would decide."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recordedRun()
			if c.rows != nil {
				c.rows(&r)
			}
			recorded, err := r.Write(simulate.Folder(t))
			if err != nil {
				t.Fatal(err)
			}
			if c.files != nil {
				c.files(t, recorded.Dir)
				if recorded, err = results.Open(recorded.Dir); err != nil {
					t.Fatal(err)
				}
			}
			j, err := analyzer.Analyze(recorded, analyzer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			synthetic.Sound(t, j)
			if j.Verdict != c.verdict || j.Reason != c.reason {
				t.Errorf("got %s: %s\nwant %s: %s", j.Verdict, j.Reason, c.verdict, c.reason)
			}
			for _, f := range j.Findings {
				if f.Verdict == c.verdict && f.Verdict != finding.Pass && finding.Reason(f) == c.reason && f.Remedy != c.remedy {
					t.Errorf("the remedy is %q, want %q", f.Remedy, c.remedy)
				}
			}
		})
	}
}

// A ladder whose levels are 0 has no step: the report can be written, and nothing passes.
func TestLadderWithoutLevels(t *testing.T) {
	t.Parallel()
	r := whole(true)
	for i := range r.Trials {
		for _, windows := range [][]results.Window{r.Trials[i].Windows, r.Trials[i].Events} {
			for k := range windows {
				if step := windows[k].Step; step != nil {
					windows[k].Step = &results.Step{Scenario: step.Scenario}
				}
			}
		}
	}
	recorded, err := r.Write(simulate.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := synthetic.Finding(t, j, "CAP-001"); f.Verdict != finding.Inconclusive || f.Because[0] != "No step of the ladder was recorded." {
		t.Errorf("%s %q", f.Verdict, f.Because)
	}
	if err := report.JSON(&bytes.Buffer{}, j); err != nil {
		t.Error(err)
	}
}
