package finding

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Dash is printed for a figure that cannot be given; the reason follows it.
const Dash = "—"

// Seconds formats a duration with three significant digits: 840 µs, 150 ms, 1.5 s, 75 min.
// NaN is "unknown".
func Seconds(s float64) string {
	if math.IsNaN(s) {
		return "unknown"
	}
	factor, unit := secondsUnit(s)
	return Decimal(s*factor) + " " + unit
}

// secondsUnit chooses the unit of a duration, so that its interval has the same one.
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

// Ratio formats a factor: 3.9×, 10.8×, 1,234×.
func Ratio(r float64) string { return ratioNumber(r) + "×" }

// ratioNumber keeps two decimals below 10, since ratios are compared with 1. Below 0.01 it
// keeps one significant digit: only 0 is 0.
func ratioNumber(r float64) string {
	switch a := math.Abs(r); {
	case a > 0 && a < 0.00995:
		return fixed(r, min(-int(math.Floor(math.Log10(a))), 9))
	case a < 9.995:
		return fixed(r, 2)
	case a < 99.95:
		return fixed(r, 1)
	}
	return grouped(r)
}

// PercentileName names a percentile: 0.95 is P95, 0.5 the median.
func PercentileName(p float64) string {
	if p == 0.5 {
		return "median"
	}
	return fmt.Sprintf("P%.4g", 100*p)
}

// Share formats a share as a percentage. It keeps two significant digits of what is
// missing to 0 or to 1: 0.9996 is 99.96 %, not 100 %.
func Share(s float64) string { return percent(s) + " %" }

func percent(s float64) string {
	p := 100 * s
	if math.Abs(p) >= 999.5 {
		return grouped(p)
	}
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
	return fixed(p, decimals)
}

// Count formats a whole number with thousands separated: 12,345.
func Count(n int) string { return grouped(float64(n)) }

// Plural formats a number of things: 1 trial, 3 trials, 1,234 arrivals. A noun forms its
// plural with s.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Decimal formats three significant digits, without an exponent and without zeros at the
// end: 0.125, 1.5, 12.3, 1,234.
func Decimal(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return Dash
	case a == 0:
		return "0"
	case a >= 99.95:
		return grouped(v)
	case a >= 9.995:
		return fixed(v, 1)
	case a >= 0.9995:
		return fixed(v, 2)
	case a >= 0.0995:
		return fixed(v, 3)
	}
	return fixed(v, min(2-int(math.Floor(math.Log10(a))), 9))
}

// leastP is the smallest p value that is worth printing.
const leastP = 0.0001

// PValue formats a p value: 0.0123, < 0.0001.
func PValue(p float64) string {
	if p < leastP {
		return "< " + Decimal(leastP)
	}
	return Decimal(p)
}

// Probability words a p value: p = 0.0123, p < 0.0001.
func Probability(p float64) string {
	if p < leastP {
		return "p " + PValue(p)
	}
	return "p = " + PValue(p)
}

// Points formats a difference of two shares in percentage points: +1 points [-1, 3].
func Points(q Quantity) string {
	text := Decimal(100*q.Value) + " points"
	if q.Value > 0 {
		text = "+" + text
	}
	if q.Lo != nil && q.Hi != nil {
		text += fmt.Sprintf(" [%s, %s]", Decimal(100**q.Lo), Decimal(100**q.Hi))
	}
	return text
}

// fixed formats with a number of decimals, without zeros at the end.
func fixed(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
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

// inUnit formats one value in the unit of a quantity. scaled formats another value on the
// same scale, without the unit: a bound.
func inUnit(v float64, unit string) (text string, scaled func(float64) string) {
	switch unit {
	case "s":
		factor, name := secondsUnit(v)
		scaled = func(x float64) string { return Decimal(x * factor) }
		return scaled(v) + " " + name, scaled
	case "ratio":
		return Ratio(v), ratioNumber
	case "share":
		return Share(v), percent
	case "count", "":
		return Decimal(v), Decimal
	case "share·s", "share-seconds":
		return Decimal(v) + " s", Decimal
	case "1/h":
		return Decimal(v) + "/h", Decimal
	case "1/s":
		return Decimal(v) + "/s", Decimal
	}
	return Decimal(v) + " " + unit, Decimal
}

// Bound formats a bound of a quantity in the unit of its value, without the unit.
func Bound(q Quantity, bound float64) string {
	_, scaled := inUnit(q.Value, q.Unit)
	return scaled(bound)
}

// IsMissing reports whether there is no figure to show: it was refused, or is no number.
func IsMissing(q Quantity) bool { return q.Missing || Finite(q.Value) == nil }

// Value formats a quantity alone: "842 ms", "> 30 s", "— (n=12 < 72)".
func Value(q Quantity) string {
	if IsMissing(q) {
		return Dash + " (" + whyMissing(q) + ")"
	}
	text, _ := inUnit(q.Value, q.Unit)
	if q.Censored {
		return "> " + text
	}
	return text
}

func whyMissing(q Quantity) string {
	switch {
	case q.Need > 0:
		return fmt.Sprintf("n=%s < %s", Count(q.N), Count(q.Need))
	case len(q.Warnings) > 0:
		return q.Warnings[0]
	}
	return "n=" + Count(q.N)
}

// Interval formats the interval of a quantity in the unit of its value: "[790, 910]". It
// is empty when there is none, and for a censored figure.
func Interval(q Quantity) string {
	if IsMissing(q) || q.Censored || q.Lo == nil || q.Hi == nil {
		return ""
	}
	if tooWide(q) {
		return tooFew
	}
	_, scaled := inUnit(q.Value, q.Unit)
	return "[" + scaled(*q.Lo) + ", " + scaled(*q.Hi) + "]"
}

// tooFew stands for an interval that excludes nothing.
const tooFew = "[too few data]"

// widest is how many times an end of an interval may be the other.
const widest = 100

// tooWide reports whether the interval of a figure that cannot be negative excludes nothing: it
// begins below 0, or spans more than two orders of magnitude.
func tooWide(q Quantity) bool {
	switch q.Unit {
	case "ratio", "1/h", "1/s":
		return *q.Lo < 0 || *q.Lo > 0 && *q.Hi > widest**q.Lo
	}
	return false
}

// Figure formats a quantity with its interval: "3.9× [3.1, 4.8]".
func Figure(q Quantity) string {
	if interval := Interval(q); interval != "" {
		return Value(q) + " " + interval
	}
	return Value(q)
}

// Bare formats a quantity with its interval and without its unit: "3.9 [3.1, 4.8]".
func Bare(q Quantity) string {
	if q.Lo == nil || q.Hi == nil {
		return Decimal(q.Value)
	}
	if tooWide(q) {
		return Decimal(q.Value) + " " + tooFew
	}
	return fmt.Sprintf("%s [%s, %s]", Decimal(q.Value), Decimal(*q.Lo), Decimal(*q.Hi))
}

// Counted formats a quantity with its interval and n: "842 ms [790, 910] n=1,204".
func Counted(q Quantity) string {
	if IsMissing(q) {
		return Figure(q)
	}
	return Figure(q) + " n=" + Count(q.N)
}
