//go:build !race

package carried_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Closed form: M/M/8 keeps P95 of the response within 5 service times up to 7.2185
// erlangs (queueing.LargestLoad), 144.4 arrivals a second.
func TestCapacityOfMMC(t *testing.T) {
	t.Parallel()
	const mean, objective = 0.05, 0.25
	want := 7.2185 / mean
	asked := results.Capacity{P95: objective, Errors: 0.01, Delivered: 0.99, PerUser: 3600,
		Peak: map[results.Op]float64{results.OpOrder: 3600 * 110}, PeakSpread: 0.05}
	j := synthetic.Ladder(5, []float64{4, 5.5, 6.5, 7, 7.5, 7.8}, 60, asked)
	if len(j.Capacity) != 1 {
		t.Fatalf("%d rows", len(j.Capacity))
	}
	row := j.Capacity[0]
	if row.Carried.Value < 125 || row.Carried.Value > want {
		t.Errorf("carried %+v (stopped by %s), want the step of 130 or 140", row.Carried, row.Stopped)
	}
	// Linear between steps below a convex curve, the crossing errs by a few percent to
	// the low side.
	if q := row.Crossing; q.Value < 0.93*want || q.Value > 1.03*want || q.Lo == nil || *q.Lo > q.Value || *q.Hi < q.Value {
		t.Errorf("crossing %s, want %.4g", finding.Figure(q), want)
	}
	if f := synthetic.Finding(t, j, "CAP-002"); f.Verdict != finding.Pass || f.Quantity.Value < 0.99 {
		t.Errorf("a peak of 110 a second: %s %+v %v", f.Verdict, f.Quantity, f.Because)
	}
	if q := row.Users; q.Value < row.Carried.Value/8*0.999 || q.Value > row.Carried.Value/8*1.001 {
		t.Errorf("users a worker %+v, want an eighth of %g", q, row.Carried.Value)
	}
	if len(row.Documents) != 1 || row.Documents[0].Headroom.Value < 0.1 {
		t.Errorf("documents %+v", row.Documents)
	}
	asked.Peak = map[results.Op]float64{results.OpOrder: 3600 * 160}
	if f := synthetic.Finding(t, synthetic.Ladder(3, []float64{4, 6, 7, 7.8}, 60, asked), "CAP-002"); f.Verdict != finding.Fail {
		t.Errorf("a peak of 160 a second: %s %v", f.Verdict, f.Because)
	}
}

// The steps above the lowest are held out of the calibration. Closed form for what
// they should be; 15 % is three times the spread of P95 over five steps of 120 s that
// the simulation itself has at 0.8 of the workers.
func TestPredictionOnHeldOutSteps(t *testing.T) {
	t.Parallel()
	j := synthetic.Ladder(5, []float64{2, 5.5, 6.5}, 120, results.Capacity{P95: 0.25, Errors: 0.01, Delivered: 0.99})
	checked := 0
	for _, p := range j.Capacity[0].Predicted {
		if p.Level == 0 {
			continue
		}
		checked++
		exact := queueing.MMC{C: 8, Lambda: p.Level / 0.05, Mu: 20}.Quantile(0.95)
		if r := p.P95.Value / p.Measured.Value; r < 0.85 || r > 1.15 {
			t.Errorf("%s: predicted %.4g s, measured %.4g s", p.What, p.P95.Value, p.Measured.Value)
		}
		if r := p.P95.Value / exact; r < 0.85 || r > 1.15 {
			t.Errorf("%s: predicted %.4g s, exact %.4g s", p.What, p.P95.Value, exact)
		}
	}
	if checked != 2 {
		t.Errorf("%d steps were held out, want 2", checked)
	}
	f := synthetic.Finding(t, j, "CAP-006")
	if text := strings.Join(f.Because, " "); !strings.Contains(text, "one tenant more") {
		t.Errorf("a model that held predicts nothing: %v", f.Because)
	}
}

// Nothing is made up: a ladder that begins too high, one trial, a peak of documents
// that nobody makes.
func TestCapacityRefuses(t *testing.T) {
	t.Parallel()
	asked := results.Capacity{P95: 0.01, Errors: 0.01, Delivered: 0.99, Peak: map[results.Op]float64{results.OpInvoice: 10}}
	j := synthetic.Ladder(1, []float64{4, 6}, 60, asked)
	row := j.Capacity[0]
	if !row.Carried.Missing || !row.Crossing.Missing || !row.Carries.Missing || !row.Users.Missing {
		t.Errorf("a figure out of nothing: %+v", row)
	}
	if f := synthetic.Finding(t, j, "CAP-001"); f.Verdict != finding.Inconclusive {
		t.Errorf("CAP-001 is %s", f.Verdict)
	}
	asked.P95 = 10
	j = synthetic.Ladder(1, []float64{1, 2}, 60, asked)
	row = j.Capacity[0]
	if !row.Carried.Censored || row.Crossing.Lo != nil || row.Scaling != nil {
		t.Errorf("one trial far below capacity: %+v", row)
	}
	if f := synthetic.Finding(t, j, "CAP-002"); f.Verdict != finding.Inconclusive {
		t.Errorf("a peak in documents that the scenario does not make is %s: %v", f.Verdict, f.Because)
	}
}
