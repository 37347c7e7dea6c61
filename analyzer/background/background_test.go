package background_test

import (
	"testing"

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
	for _, w := range open.Scorecards[0].Workflows {
		if w.Name == "label" && w.Verdict != finding.Fail {
			t.Errorf("the workflow label is %s, want fail", w.Verdict)
		}
	}
}
