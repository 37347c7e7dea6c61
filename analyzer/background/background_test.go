package background_test

import (
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// A job is described in the window in which it was queued; one that is not done
// sorts last and fails the finding.
func TestBackground(t *testing.T) {
	var jobs []results.Job
	for i := range 20 {
		at := 10 + float64(i)
		jobs = append(jobs, results.Job{Tenant: "t1", Kind: "label", Queued: synthetic.At(at), Pushed: synthetic.At(at + 1), Done: synthetic.At(at + 2), Tries: 1})
	}
	done := synthetic.Drilled(jobs, func(*results.Trial) {})
	if got := synthetic.Verdict(done, "BKG-001"); got != finding.Pass {
		t.Errorf("all done is %s, want pass", got)
	}
	row := done.Background[0]
	if row.Tenant != finding.Everyone || row.Queued != 20 || row.P50.Value != 2 || row.Longest.Value != 2 || row.Interactive.Missing {
		t.Errorf("background: %+v", row)
	}
	jobs = append(jobs, results.Job{Tenant: "t1", Kind: "label", Queued: synthetic.At(20), Pushed: results.Never, Done: results.Never})
	open := synthetic.Drilled(jobs, func(*results.Trial) {})
	if got := synthetic.Verdict(open, "BKG-001"); got != finding.Fail {
		t.Errorf("one that is not done is %s, want fail", got)
	}
	if got := open.Background[0]; got.Undone != 1 || !got.Drain.Censored {
		t.Errorf("background: %+v", got)
	}
	if got := labels(open); got != finding.Fail {
		t.Errorf("the workflow label is %s, want fail", got)
	}
	// A trial that was stopped gave the job no time to finish. One that was given up failed.
	stopped := synthetic.Drilled(jobs, func(t *results.Trial) { t.State = results.TrialHalted })
	if got := synthetic.Verdict(stopped, "BKG-001"); got != finding.Inconclusive {
		t.Errorf("one that is not done in a halted trial is %s, want inconclusive", got)
	}
	if got := labels(stopped); got != finding.Inconclusive {
		t.Errorf("the workflow label of a halted trial is %s, want inconclusive", got)
	}
	jobs[0].Failed = true
	failed := synthetic.Drilled(jobs, func(t *results.Trial) { t.State = results.TrialHalted })
	if got := synthetic.Verdict(failed, "BKG-001"); got != finding.Fail || labels(failed) != finding.Fail {
		t.Errorf("one that failed in a halted trial is %s and %s, want fail", got, labels(failed))
	}
}

// labels is the verdict of the workflow that makes labels.
func labels(a *analyzer.Judgement) finding.Verdict {
	for _, w := range a.Scorecards[0].Workflows {
		if w.Name == "label" {
			return w.Verdict
		}
	}
	return ""
}
