package carried_test

import (
	"path/filepath"
	"slices"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Telemetry of a real run of the embedded target with two workers: what was full first
// are the workers, in the step at which the objective breaks, and requests wait from
// then on. The readings are averaged here again, from the file.
func TestFirstFullOfARecordedRun(t *testing.T) {
	t.Parallel()
	recorded, j := recordedLadder(t)
	row := j.Capacity[0]
	if len(row.Saturated) < 2 || row.Saturated[0].Series != "odoo.workers.busy" || row.Saturated[1].Series != "odoo.queue.waiting" {
		t.Fatalf("saturated %+v, want the workers first and then their queue", row.Saturated)
	}
	full := slices.IndexFunc(row.Steps, func(s carried.Step) bool { return s.Rate == row.Saturated[0].Rate })
	if full < 1 || row.Steps[full].Kept() {
		t.Errorf("the workers are full at step %d of %+v, want one that did not keep the objective", full, row.Steps)
	}
	for i, reached := range map[int]bool{full - 1: false, full: true} {
		if mean := recordedMean(t, recorded.Trials[0], "odoo.workers.busy", row.Steps[i].Level); mean >= 1.8 != reached {
			t.Errorf("step %d: %.3g workers busy, limit 1.8", i, mean)
		}
	}
	if !synthetic.Contains(j, "CAP-003 the workers are busy (shared/odoo)") {
		t.Errorf("CAP-003 says %v", synthetic.Finding(t, j, "CAP-003").Because)
	}
}

// recordedLadder opens and judges the ladder in results/examples.
func recordedLadder(t *testing.T) (*results.Run, *analyzer.Judgement) {
	t.Helper()
	recorded, err := results.Open(filepath.Join("..", "..", "results", "examples", "embedded-ladder"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return recorded, j
}

// recordedMean is the mean of a series in the step of a scale.
func recordedMean(t *testing.T, trial *results.TrialData, series string, scale float64) float64 {
	t.Helper()
	at := slices.IndexFunc(trial.Windows, func(w results.Window) bool { return w.Step != nil && w.Step.Level == scale })
	sum, n := 0.0, 0.0
	for p, err := range trial.Points() {
		if err != nil {
			t.Fatal(err)
		}
		if p.Series == series && p.At >= trial.Windows[at].From && p.At < trial.Windows[at].To {
			sum, n = sum+p.Value, n+1
		}
	}
	if n == 0 {
		t.Fatalf("no reading of %s at scale %g", series, scale)
	}
	return sum / n
}
