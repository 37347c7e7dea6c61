package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"example.org/odooharness/analyzer/finding"
)

// dash stands for a figure that cannot be given; the reason follows it.
const dash = "—"

// Seconds formats a duration with three significant digits in the unit that
// reads best: 840 µs, 12.3 ms, 1.24 s, 75.0 min.
func Seconds(s float64) string {
	factor, unit := secondsUnit(s)
	return significant(s*factor) + " " + unit
}

// secondsUnit chooses the unit of a duration, so that its interval can use the
// same one.
func secondsUnit(s float64) (factor float64, unit string) {
	switch a := math.Abs(s); {
	case a == 0 || (a >= 0.9995 && a < 900):
		return 1, "s"
	case a < 0.0009995:
		return 1e6, "µs"
	case a < 0.9995:
		return 1e3, "ms"
	default:
		return 1.0 / 60, "min"
	}
}

// Ratio formats a factor: 3.90×, 10.8×, 124×.
func Ratio(r float64) string { return ratioNumber(r) + "×" }

func ratioNumber(r float64) string {
	switch a := math.Abs(r); {
	case a < 9.995:
		return strconv.FormatFloat(r, 'f', 2, 64)
	case a < 99.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return grouped(r)
}

// Share formats a share as a percentage. It keeps two significant digits of what
// is missing to 0 or to 1, so that 0.9996 never reads as 100 %.
func Share(s float64) string { return percent(s) + " %" }

func percent(s float64) string {
	p := 100 * s
	gap := math.Min(math.Abs(p), math.Abs(100-p))
	decimals := 1
	switch {
	case gap == 0:
		decimals = 0
	case gap < 0.001:
		decimals = 4
	case gap < 0.01:
		decimals = 3
	case gap < 0.995:
		decimals = 2
	}
	return strconv.FormatFloat(p, 'f', decimals, 64)
}

// Count formats a whole number with thousands separated: 12,345.
func Count(n int) string { return grouped(float64(n)) }

// significant formats with three significant digits and never an exponent.
func significant(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return dash
	case a == 0:
		return "0"
	case a >= 99.95:
		return grouped(v)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.9995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// grouped rounds to a whole number and separates thousands.
func grouped(v float64) string {
	digits := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	var b strings.Builder
	if v < 0 && digits != "0" {
		b.WriteByte('-')
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// number formats one value in the unit of a quantity; scaled formats another
// value (a bound) without a unit, on the same scale.
func number(v float64, unit string) (text string, scaled func(float64) string) {
	switch unit {
	case "s":
		factor, name := secondsUnit(v)
		scaled = func(x float64) string { return significant(x * factor) }
		return scaled(v) + " " + name, scaled
	case "ratio":
		return Ratio(v), ratioNumber
	case "share":
		return Share(v), percent
	case "count", "":
		return plain(v), plain
	case "share·s", "share-seconds":
		return significant(v) + " s", significant
	case "1/h":
		return significant(v) + "/h", significant
	case "1/s":
		return significant(v) + "/s", significant
	}
	return significant(v) + " " + unit, significant
}

// plain keeps whole numbers whole.
func plain(v float64) string {
	if v == math.Trunc(v) {
		return grouped(v)
	}
	return significant(v)
}

// Value formats a quantity alone: "842 ms", "> 30.0 s", "— (n=12 < 72)".
func Value(q finding.Quantity) string {
	if missing(q) {
		return dash + " (" + whyMissing(q) + ")"
	}
	text, _ := number(q.Value, q.Unit)
	if q.Censored {
		return "> " + rounded(text)
	}
	return text
}

// Limit formats a duration that somebody chose: "2 s", not "2.00 s".
func Limit(s float64) string { return rounded(Seconds(s)) }

// rounded drops decimals that are all zero.
func rounded(text string) string {
	number, unit, _ := strings.Cut(text, " ")
	return strings.TrimSuffix(strings.TrimSuffix(number, ".00"), ".0") + " " + unit
}

// missing reports whether there is no figure to show: the analyzer refused one,
// or the value is none.
func missing(q finding.Quantity) bool {
	return q.Missing || math.IsNaN(q.Value) || math.IsInf(q.Value, 0)
}

func whyMissing(q finding.Quantity) string {
	switch {
	case q.Need > 0:
		return fmt.Sprintf("n=%s < %s", Count(q.N), Count(q.Need))
	case len(q.Warnings) > 0:
		return q.Warnings[0]
	}
	return "n=" + Count(q.N)
}

// Interval formats the interval of a quantity in the unit of its value: "[790,
// 910]"; empty when there is none. A censored figure has none worth showing.
func Interval(q finding.Quantity) string {
	if missing(q) || q.Censored || q.Lo == nil || q.Hi == nil {
		return ""
	}
	_, scaled := number(q.Value, q.Unit)
	return "[" + scaled(*q.Lo) + ", " + scaled(*q.Hi) + "]"
}

// Figure formats a quantity with its interval: "3.90× [3.10, 4.80]".
func Figure(q finding.Quantity) string {
	if interval := Interval(q); interval != "" {
		return Value(q) + " " + interval
	}
	return Value(q)
}

// Counted formats a quantity with interval and n: "842 ms [790, 910] n=1,204".
func Counted(q finding.Quantity) string {
	if missing(q) {
		return Figure(q)
	}
	return Figure(q) + " n=" + Count(q.N)
}
