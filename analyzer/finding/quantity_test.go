package finding_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/level"
)

// By hand: t(4) = 2.776445 at 95 %, so that 200 ms with a standard error of 0.1 of its logarithm has
// the interval 200 ms times exp(-0.2776445) and exp(0.2776445).
func TestPercentile(t *testing.T) {
	bound := func(v float64) *float64 { return &v }
	few := "no interval: an interval of P95 needs 180 arrivals in all trials"
	for name, c := range map[string]struct {
		e    level.Percentile
		want finding.Quantity
	}{
		"with an interval": {level.Percentile{P: 0.95, Value: 0.2, SE: 0.1, DF: 4, N: 1, Arrivals: 400},
			finding.Quantity{Value: 0.2, Lo: bound(0.151513), Hi: bound(0.264004), N: 400, Unit: "s", Method: "m", Level: 0.95}},
		"without one": {level.Percentile{P: 0.95, Value: 0.2, SE: math.NaN(), Arrivals: 72, Why: few[len("no interval: "):]},
			finding.Quantity{Value: 0.2, N: 72, Unit: "s", Method: "m", Warnings: []string{few}}},
		"too few": {level.Percentile{P: 0.95, Value: 0.2, SE: math.NaN(), Arrivals: 71},
			finding.Quantity{Missing: true, N: 71, Need: 72, Unit: "s", Method: "m", Warnings: []string{"71 arrivals: P95 needs 72"}}},
		"among the unserved": {level.Percentile{P: 0.95, Value: math.Inf(1), SE: math.NaN(), Arrivals: 400},
			finding.Quantity{Value: 3, Censored: true, N: 400, Unit: "s", Method: "m",
				Warnings: []string{"more than 5 % of the arrivals were not served"}}},
		"none": {level.Percentile{P: 0.95, Value: math.NaN(), SE: math.NaN()},
			finding.Quantity{Missing: true, Unit: "s", Method: "m", Warnings: []string{"no arrivals"}}},
	} {
		got := finding.Percentile(c.e, 3, 0.95, "m")
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
