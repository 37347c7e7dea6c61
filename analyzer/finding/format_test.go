package finding_test

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/finding"
)

func TestSeconds(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0 s", 0.00084: "840 µs", 0.0009996: "1 ms", 0.0123: "12.3 ms", 0.1: "100 ms", 0.15: "150 ms",
		0.842: "842 ms", 0.9994: "999 ms", 0.9996: "1 s", 1.5: "1.5 s", 1.236: "1.24 s", 12.34: "12.3 s", 599.6: "600 s",
		900: "15 min", 1000: "16.7 min", -0.5: "-500 ms", math.NaN(): "unknown",
	} {
		if got := finding.Seconds(in); got != want {
			t.Errorf("Seconds(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0×", 1: "1×", 3.9: "3.9×", 3.904: "3.9×", 0.004: "0.004×", 0.00996: "0.01×", 0.00032: "0.0003×", 9.996: "10×", 10.8: "10.8×", 99.96: "100×", 1234: "1,234×",
	} {
		if got := finding.Ratio(in); got != want {
			t.Errorf("Ratio(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestShareNeverRoundsToAllOrNone(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50 %", 0.123: "12.3 %", 0.9731: "97.3 %", 0.9996: "99.96 %", 0.99996: "99.996 %",
		0.999999: "99.9999 %", 0.0004: "0.04 %", 0.00004: "0.004 %", 1.25: "125 %", 9.994: "999.4 %", 3215.746: "321,575 %", -12: "-1,200 %",
	} {
		if got := finding.Share(in); got != want {
			t.Errorf("Share(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestCountAndPlural(t *testing.T) {
	t.Parallel()
	for in, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := finding.Count(in); got != want {
			t.Errorf("Count(%v) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[int]string{0: "0 trials", 1: "1 trial", 2: "2 trials", 1234: "1,234 trials"} {
		if got := finding.Plural(in, "trial"); got != want {
			t.Errorf("Plural(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.5", 0.1254: "0.125", 0.0204: "0.0204", 0.00012345: "0.000123", 1e-12: "0", -1e-12: "0", 1.5: "1.5",
		9.996: "10", 12.34: "12.3", 144.4: "144", 1234.5: "1,234", -0.25: "-0.25", math.NaN(): "—",
	} {
		if got := finding.Decimal(in); got != want {
			t.Errorf("Decimal(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	lo, hi := 0.79, 1.21
	between := func(value float64, n int, unit string) finding.Quantity {
		return finding.Quantity{Value: value, Lo: &lo, Hi: &hi, N: n, Unit: unit}
	}
	for name, c := range map[string]struct {
		q    finding.Quantity
		want string
	}{
		"interval in the unit of the value": {between(0.842, 1204, "s"), "842 ms [790, 1,210] n=1,204"},
		"no interval":                       {finding.Quantity{Value: 2, N: 4, Unit: "ratio"}, "2× n=4"},
		"ratio":                             {between(1, 4, "ratio"), "1× [0.79, 1.21] n=4"},
		"share":                             {between(0.842, 4, "share"), "84.2 % [79, 121] n=4"},
		"rate":                              {finding.Quantity{Value: 1240, N: 4, Unit: "1/h"}, "1,240/h n=4"},
		"count":                             {finding.Quantity{Value: 1240, N: 4, Unit: "count"}, "1,240 n=4"},
		"other unit":                        {finding.Quantity{Value: 1.5, N: 4, Unit: "EUR"}, "1.5 EUR n=4"},
		"refused":                           {finding.Quantity{Missing: true, N: 12, Need: 72, Unit: "s"}, "— (n=12 < 72)"},
		"refused, in words": {finding.Quantity{Missing: true, Unit: "s", Warnings: []string{"no price"}},
			"— (no price)"},
		"refused, unexplained": {finding.Quantity{Missing: true, N: 3, Unit: "s"}, "— (n=3)"},
		"censored": {finding.Quantity{Value: 30, Censored: true, Lo: &lo, Hi: &hi, N: 9, Unit: "s"},
			"> 30 s n=9"},
		"not a number": {finding.Quantity{Value: math.NaN(), N: 0, Unit: "s"}, "— (n=0)"},
	} {
		if got := finding.Counted(c.q); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if got := finding.Bare(between(1, 4, "ratio")); got != "1 [0.79, 1.21]" {
		t.Errorf("Bare: got %q", got)
	}
	if got := finding.Bound(between(0.842, 4, "s"), 0.0401); got != "40.1" {
		t.Errorf("Bound: got %q, want it in the unit of the value", got)
	}
}

// An interval that begins below what is possible, or spans more than two orders of
// magnitude, is not printed.
func TestIntervalsThatSayNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, lo, hi float64
		unit, want    string
	}{
		{300, -365, 965, "1/h", "300/h [too few data]"},
		{1.2, 0.0004, 3534, "ratio", "1.2× [too few data]"},
		{1.2, 0.02, 1.19, "ratio", "1.2× [0.02, 1.19]"},
		{300, 0, 965, "1/h", "300/h [0, 965]"},
		{-0.3, -0.5, 0.1, "share", "-30 % [-50, 10]"},
	} {
		q := finding.Number(c.value, c.unit, "", 3).Bounded(c.lo, c.hi, 0.95)
		if got := finding.Figure(q); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// No p value is 0.
func TestPValue(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{0: "p < 0.0001", 0.00002: "p < 0.0001", 0.0001: "p = 0.0001", 0.0123: "p = 0.0123", 1: "p = 1"} {
		if got := finding.Probability(in); got != want {
			t.Errorf("Probability(%v) = %q, want %q", in, got, want)
		}
	}
	if got := finding.PValue(0); got != "< 0.0001" {
		t.Errorf("PValue(0) = %q", got)
	}
}

// A difference of shares has points, not per cent.
func TestPoints(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]finding.Quantity{
		"+17.1 points [-94.9, 100]": finding.Number(0.171, "share", "", 1).Bounded(-0.949, 1, 0.95),
		"-0.5 points":               finding.Number(-0.005, "share", "", 1),
		"0 points [-1, 1]":          finding.Number(0, "share", "", 1).Bounded(-0.01, 0.01, 0.95),
	} {
		if got := finding.Points(q); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
