package compare

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Closed form: logarithms -1 0 1 and 0 1 2 have variance 1 each, so Welch's degrees of
// freedom are 4, t = 1/sqrt(2/3), and t(4; 0.975) = 2.776445.
func TestUnpaired(t *testing.T) {
	e := math.E
	r := Unpaired([]float64{1 / e, 1, e}, []float64{1, e, e * e}, 0.95)
	half := 2.776445 * math.Sqrt(2.0/3)
	oracle.Close(t, "value", r.Value, e, 1e-12)
	oracle.Close(t, "lo", math.Log(r.Lo), 1-half, 1e-5)
	oracle.Close(t, "hi", math.Log(r.Hi), 1+half, 1e-5)
	oracle.Close(t, "p", r.P, 0.287864, 1e-5)
	if !r.Decides {
		t.Error("three runs a side decide nothing")
	}
	for name, r := range map[string]Ratio{
		"none": Unpaired(nil, []float64{1}, 0.95), "two": Unpaired([]float64{1, 2}, []float64{1, 2}, 0.95),
		"one is missing": Unpaired([]float64{1, 2, 3, math.NaN()}, []float64{1, 2, 3}, 0.95),
	} {
		if r.Decides || r.Why == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	outlier := Unpaired([]float64{1, 1.01, 0.99, 1.02, 400}, []float64{2, 2.02, 1.98, 2.01, 2.03}, 0.95)
	if outlier.Value < 1.9 || outlier.Value > 2.1 {
		t.Errorf("one outlier moves the ratio to %g", outlier.Value)
	}
	if same := Unpaired([]float64{2, 2, 2}, []float64{2, 2, 2}, 0.95); same.P != 1 || same.Value != 1 {
		t.Errorf("equal constants: %+v", same)
	}
}
