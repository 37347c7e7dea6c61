//go:build slow

package workload

import (
	"math"
	"testing"
	"time"
)

// warehouse is three years of a warehouse that grows by 30 % a year.
func warehouse() planted {
	return planted{from: monday, days: 3*365 + 40, level: 400, hours: office(), growth: 1.3, noise: 0.08, weekly: 0.05, bursts: 0.6,
		week: [7]float64{1.5, 1.3, 1.2, 1.2, 1.3, 0.4, 0.1},
		year: [12]float64{0.9, 0.85, 0.95, 1, 1, 0.95, 0.8, 0.85, 1.05, 1.1, 1.35, 1.2}}
}

// The intervals of 95 % of each group of parameters cover 93 to 98 % over 100 seeds. Growth
// and bursts have one parameter, so that 100 seeds leave 90 to 99 %.
func TestFitCovers(t *testing.T) {
	const seeds = 100
	p := warehouse()
	hit, all := map[string]int{}, map[string]int{}
	count := func(group string, e Estimate, truth float64) {
		all[group]++
		if within(e, truth) {
			hit[group]++
		}
	}
	curve := func(group string, c Curve, truth []float64) {
		for i, v := range truth {
			if v > 0 {
				count(group, Estimate{Low: c.Low[i], High: c.High[i]}, v)
			}
		}
	}
	for seed := range uint64(seeds) {
		j, _, err := Fit(Orders, p.draw(seed), time.UTC, 1)
		if err != nil {
			t.Fatal(err)
		}
		curve("day", j.Day, p.hours)
		curve("week", j.Week, p.week[:])
		curve("year", *j.Year, p.year[:])
		count("growth", *j.Growth, p.growth)
		variation := j.Bursts
		count("bursts", Estimate{Low: variation * 0.97, High: variation * 1.03}, p.bursts)
	}
	for group, n := range all {
		covered := float64(hit[group]) / float64(n)
		t.Logf("%s: %.1f %% of %d", group, 100*covered, n)
		low, high := 0.93, 0.98
		if n == seeds {
			low, high = 0.90, 1
		}
		if covered < low || covered > high || math.IsNaN(covered) {
			t.Errorf("%s: intervals cover %.1f %% of %d, want %g to %g", group, 100*covered, n, low, high)
		}
	}
}
