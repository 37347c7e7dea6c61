package report

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/finding"
)

func TestSeconds(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0 s", 0.00084: "840 µs", 0.0009996: "1.00 ms", 0.0123: "12.3 ms", 0.1: "100 ms",
		0.842: "842 ms", 0.9994: "999 ms", 0.9996: "1.00 s", 1.236: "1.24 s", 12.34: "12.3 s", 599.6: "600 s",
		900: "15.0 min", -0.5: "-500 ms",
	} {
		if got := Seconds(in); got != want {
			t.Errorf("Seconds(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	for in, want := range map[float64]string{2: "2 s", 30: "30 s", 0.5: "500 ms", 2.5: "2.50 s", 1000: "16.7 min"} {
		if got := Limit(in); got != want {
			t.Errorf("Limit(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0.00×", 1: "1.00×", 3.9: "3.90×", 9.996: "10.0×", 10.8: "10.8×", 99.96: "100×", 1234: "1,234×",
	} {
		if got := Ratio(in); got != want {
			t.Errorf("Ratio(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestShareNeverRoundsToAllOrNone(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50.0 %", 0.9731: "97.3 %", 0.9996: "99.96 %", 0.99996: "99.996 %",
		0.999999: "99.9999 %", 0.0004: "0.04 %", 0.00004: "0.004 %", 1.25: "125.0 %",
	} {
		if got := Share(in); got != want {
			t.Errorf("Share(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for in, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := Count(in); got != want {
			t.Errorf("Count(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestCounted(t *testing.T) {
	lo, hi := 0.79, 1.21
	between := func(value float64, n int, unit string) finding.Quantity {
		return finding.Quantity{Value: value, Lo: &lo, Hi: &hi, N: n, Unit: unit}
	}
	for name, c := range map[string]struct {
		q    finding.Quantity
		want string
	}{
		"interval in the unit of the value": {between(0.842, 1204, "s"), "842 ms [790, 1,210] n=1,204"},
		"no interval":                       {finding.Quantity{Value: 2, N: 4, Unit: "ratio"}, "2.00× n=4"},
		"ratio":                             {between(1, 4, "ratio"), "1.00× [0.79, 1.21] n=4"},
		"share":                             {between(0.842, 4, "share"), "84.2 % [79.0, 121.0] n=4"},
		"rate":                              {finding.Quantity{Value: 1240, N: 4, Unit: "1/h"}, "1,240/h n=4"},
		"count":                             {finding.Quantity{Value: 1240, N: 4, Unit: "count"}, "1,240 n=4"},
		"other unit":                        {finding.Quantity{Value: 1.5, N: 4, Unit: "EUR"}, "1.50 EUR n=4"},
		"refused":                           {finding.Quantity{Missing: true, N: 12, Need: 72, Unit: "s"}, "— (n=12 < 72)"},
		"refused, in words": {finding.Quantity{Missing: true, Unit: "s", Warnings: []string{"no price"}},
			"— (no price)"},
		"refused, unexplained": {finding.Quantity{Missing: true, N: 3, Unit: "s"}, "— (n=3)"},
		"censored": {finding.Quantity{Value: 30, Censored: true, Lo: &lo, Hi: &hi, N: 9, Unit: "s"},
			"> 30 s n=9"},
		"not a number": {finding.Quantity{Value: math.NaN(), N: 0, Unit: "s"}, "— (n=0)"},
	} {
		if got := Counted(c.q); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
