package neighbour_test

import (
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// A neighbour in two levels on one pool, and on pools of their own: the shared one's
// tenants feel it, the others' do not. A single level is no curve.
func TestIsolationCurve(t *testing.T) {
	t.Parallel()
	p := synthetic.Plant{Seed: 5, Replicates: 2, Setups: []string{"multi-tenant", "dedicated"}, Rate: 20, Seconds: 60, Service: 0.05,
		Workers: 8, Tenants: 4, Neighbour: 150}
	levels := []float64{1, 2}
	p.Mangle = func(trial *results.Trial, _ []results.Injection, _ *[]results.Sample) {
		trial.Windows = nil
		for i, level := range levels {
			trial.Windows = append(trial.Windows, results.Window{Name: "n", Kind: results.WindowNeighbor,
				From: synthetic.At(20 + 5*float64(i)), To: synthetic.At(25 + 5*float64(i)), Step: &results.Step{Scenario: "n", Level: level}})
		}
	}
	j := p.Judge()
	if len(j.Curves) != 2 {
		t.Fatalf("%d curves, want one a setup", len(j.Curves))
	}
	for i, curve := range j.Curves {
		if len(curve.Steps) != 3 || curve.Steps[0].Level != 0 || curve.Steps[1].Load <= curve.Steps[0].Load {
			t.Fatalf("%s: %+v", curve.Setup, curve.Steps)
		}
		for _, s := range curve.Steps[1:] {
			if felt := s.Slowdown.Value > 1.3; felt != (i == 0) || s.Slowdown.Missing {
				t.Errorf("%s at level %g: slowdown %s", curve.Setup, s.Level, finding.Figure(s.Slowdown))
			}
		}
	}
	if shared, own := j.Curves[0].Average, j.Curves[1].Average; shared.Missing || shared.Value < 2*own.Value {
		t.Errorf("I_avg %s shared, %s dedicated", finding.Figure(shared), finding.Figure(own))
	}
	levels = levels[:1]
	if one := p.Judge(); len(one.Curves) != 0 {
		t.Errorf("a curve of one level: %+v", one.Curves)
	}
}
