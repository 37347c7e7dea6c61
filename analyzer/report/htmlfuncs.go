package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// templateFuncs are the words that the templates are written in.
func templateFuncs() template.FuncMap {
	return template.FuncMap{
		"value": finding.Value, "interval": finding.Interval, "missing": finding.IsMissing, "count": finding.Count,
		"share":   finding.Share,
		"seconds": finding.Seconds,
		"mark":    verdictMark, "scope": scopeText, "sentence": sentence, "plural": finding.Plural,
		"join":  strings.Join,
		"brief": brief,
		"upper": func(v finding.Verdict) string { return strings.ToUpper(string(v)) },
		"dash":  func() string { return finding.Dash },
		"since": func(o results.Offset) string { return sinceBase(o.Seconds()) },
		"mark_at": func(o *results.Offset) string {
			if o == nil {
				return finding.Dash + " (never)"
			}
			return sinceBase(o.Seconds())
		},
		"reached": func(seconds *float64) string {
			if seconds == nil {
				return "not served"
			}
			return finding.Seconds(*seconds)
		},
		"tenant":       tenantText,
		"outcomes":     outcomeChips,
		"price_change": priceChange,
		"served_of":    servedOf,
		"objective":    objectiveText,
		"forest":       forest,
		"budget":       budget,

		"capacity_curve": capacityCurve, "isolation_curve": isolationCurve, "kept": kept,
		"curve_title": curveTitle, "ratio_curve": ratioCurve, "ratio_names": ratioNames, "ratio_title": ratioTitle,
		"date":  dateText,
		"bytes": bytesText,
	}
}

// sinceBase keeps a point in time in seconds with tenths, so that marks of one
// fault can be subtracted by eye.
func sinceBase(s float64) string { return fmt.Sprintf("+%.1f s", s) }

// brief keeps the first two reasons; all stand in the table of all findings.
func brief(because []string) string {
	if len(because) <= 2 {
		return strings.Join(because, " ")
	}
	return strings.Join(because[:2], " ") + fmt.Sprintf(" (And %d more.)", len(because)-2)
}

func tenantText(name string) string {
	if name == everyone {
		return "all abiding"
	}
	return name
}

// outcomeChip is one outcome class with its count.
type outcomeChip struct {
	Name  string
	Tone  string // good, bad, open: open may or may not have been done
	Count int
}

func outcomeChips(counts map[results.Outcome]int) []outcomeChip {
	var all []outcomeChip
	for _, o := range results.Outcomes() {
		n := counts[o]
		if n == 0 {
			continue
		}
		tone := "bad"
		switch {
		case o.Good():
			tone = "good"
		case o.Indeterminate():
			tone = "open"
		}
		all = append(all, outcomeChip{strings.ReplaceAll(string(o), "_", " "), tone, n})
	}
	return all
}

func objectiveText(o results.Objective) string {
	what := "all journeys"
	if len(o.Journeys) > 0 {
		what = strings.Join(o.Journeys, ", ")
	}
	if len(o.Steps) > 0 {
		what += " (" + strings.Join(o.Steps, ", ") + ")"
	}
	if o.Threshold > 0 {
		what += " within " + finding.Seconds(o.Threshold)
	}
	return what
}

// interval on a strip 160 wide, 1× in its middle, 4× at its right end.
type forestPlot struct{ Lo, At, Hi float64 }

// forest places a ratio on the strip; nil when there is no figure.
func forest(q finding.Quantity) *forestPlot {
	if finding.IsMissing(q) || q.Value <= 0 {
		return nil
	}
	place := func(ratio float64) float64 {
		x := 80 + 80*math.Log(math.Max(ratio, 1e-6))/math.Log(4)
		return math.Round(10*min(max(x, 4), 156)) / 10
	}
	f := forestPlot{At: place(q.Value)}
	f.Lo, f.Hi = f.At, f.At
	if q.Lo != nil && q.Hi != nil {
		f.Lo, f.Hi = place(*q.Lo), place(*q.Hi)
	}
	return &f
}

// budgetBar draws how much of an error budget is spent, full at 100 %.
type budgetBar struct {
	Width float64
	Over  bool
}

func budget(q finding.Quantity) *budgetBar {
	if finding.IsMissing(q) {
		return nil
	}
	return &budgetBar{Width: math.Round(100 * min(max(q.Value, 0), 1)), Over: q.Value > 1}
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func bytesText(n int64) string {
	return finding.Decimal(float64(n)/(1<<30)) + " GiB"
}
