//go:build slow

package quantile

import (
	"math"
	"testing"
)

// The table of docs/methods.md section 1, 300 replications of 20 000 consecutive
// sojourn times each. Source: simulation with numpy. Both sides have Monte-Carlo error, so
// the tolerance is four standard errors of the difference.
func TestCoverageTable(t *testing.T) {
	for _, row := range []struct{ rho, naive, widened, inflation float64 }{
		{0.01, 0.97, 0.97, 1.1}, {0.5, 0.56, 0.97, 7.5}, {0.8, 0.20, 0.93, 55}, {0.9, 0.08, 0.79, 126},
	} {
		naive, widened, inflation := coverage(row.rho, 20_000, 300)
		t.Logf("rho %.2f: naive %.2f (table %.2f), widened %.2f (table %.2f), inflation %.1f (table %.1f)",
			row.rho, naive, row.naive, widened, row.widened, inflation, row.inflation)
		for _, c := range []struct {
			what      string
			got, want float64
		}{{"naive", naive, row.naive}, {"widened", widened, row.widened}} {
			if se := math.Sqrt(2 * c.want * (1 - c.want) / 300); math.Abs(c.got-c.want) > 4*se {
				t.Errorf("rho %.2f %s: got %.3f, table %.3f", row.rho, c.what, c.got, c.want)
			}
		}
	}
}
