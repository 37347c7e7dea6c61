package workload

import (
	"math"
	"testing"
)

// Published quantiles of Student's t with 4 degrees of freedom: 2.1318 at 0.95, 0.7407 at 0.75.
func TestQuantile(t *testing.T) {
	e := Expected{PerHour: Estimate{Value: 1000}, Spread: 0.2, Freedom: 4}
	for p, want := range map[float64]float64{0.05: 1000 * math.Exp(-0.2*2.1318), 0.5: 1000, 0.75: 1000 * math.Exp(0.2*0.7407),
		0.95: 1000 * math.Exp(0.2*2.1318)} {
		if got := e.Quantile(p); math.Abs(got-want) > 0.05 {
			t.Errorf("quantile %g: got %.2f, want %.2f", p, got, want)
		}
	}
	if got := (Expected{PerHour: Estimate{Value: 7}}).Quantile(0.9); got != 7 {
		t.Errorf("without a spread: got %g, want 7", got)
	}
}
