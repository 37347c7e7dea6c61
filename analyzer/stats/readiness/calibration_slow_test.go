//go:build slow

package readiness

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What a readiness states is right as often as it states, over 300 worlds of ten days each, and
// deciding by it costs less than by a ladder alone and than by a test at 150 %. docs/readiness.md
// has the figures.
func TestCalibration(t *testing.T) {
	const worlds, days, threshold = 300, 10, 0.9
	const trials = worlds * days
	var right, predicted, happened, brier float64
	byFaults := map[int]*[3]float64{0: {}, 1: {}, 2: {}}
	cost := map[string]float64{}
	for i := range worlds {
		random := rand.New(rand.NewPCG(17, uint64(i)))
		w := randomWorld(random)
		p, ladder := w.plan(random, uint64(i), threshold)
		a := Predict(p)
		rules := map[string]bool{
			"readiness": a.Probability >= threshold, "ladder": w.rate <= ladder.carried, "at 150 %": w.at150(random),
		}
		of := byFaults[len(w.faults)]
		for range days {
			today := w.day(random)
			if w.ships(today, a.Confident) {
				right++
			}
			y := 0.0
			if w.ships(today, 1) {
				y = 1
			}
			happened, predicted = happened+y, predicted+a.Probability
			of[0], of[1], of[2] = of[0]+1, of[1]+a.Probability, of[2]+y
			brier += (y - a.Probability) * (y - a.Probability)
			for rule, isGo := range rules {
				cost[rule] += p.Loss(y, isGo) / (1 - threshold) // a needless no-go costs 1, a failed peak 9
			}
		}
	}
	t.Logf("right at 90 %%: %.1f %%; shipped: predicted %.1f %%, happened %.1f %%; Brier %.3f",
		100*right/trials, 100*predicted/trials, 100*happened/trials, brier/trials)
	for faults, of := range byFaults {
		t.Logf("%d faults: %.0f days, predicted %.1f %%, happened %.1f %%", faults, of[0], 100*of[1]/of[0], 100*of[2]/of[0])
	}
	for rule, c := range cost {
		t.Logf("%s: mean cost %.3f", rule, c/trials)
	}
	if share := right / trials; share < 0.87 || share > 0.93 {
		t.Errorf("stated with 90 %%, right in %.1f %%, want 87 to 93 %%", 100*share)
	}
	if math.Abs(happened-predicted) > 0.04*trials {
		t.Errorf("%.0f peaks of %d shipped, predicted %.1f", happened, trials, predicted)
	}
	if cost["readiness"] >= cost["ladder"] || cost["readiness"] >= cost["at 150 %"] {
		t.Errorf("mean costs: %v", cost)
	}
}
