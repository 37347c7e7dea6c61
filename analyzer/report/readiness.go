package report

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"example.org/odooharness/analyzer/finding"
	signoff "example.org/odooharness/analyzer/readiness"

	stats "example.org/odooharness/analyzer/stats/readiness"
)

// Readiness writes the summary of a sign-off pack as one HTML file: two pages of A4 in print.
// changes are those since an earlier pack, nil without one.
func Readiness(w io.Writer, p *signoff.Pack, changes []signoff.Change) error {
	t, err := template.New("readiness").Funcs(templateFuncs()).Funcs(readinessFuncs()).ParseFS(assets, "assets/readiness/*.html")
	if err != nil {
		return fmt.Errorf("parse the template of the summary: %w", err)
	}
	page := signOff{P: p, Changes: changes, Gauge: gaugeOf(p), Margin: marginOf(p)}
	for name, set := range map[string]*template.CSS{"report.css": &page.CSS, "readiness/page.css": &page.OwnCSS} {
		data, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return fmt.Errorf("read report asset: %w", err)
		}
		*set = template.CSS(data)
	}
	if err := t.ExecuteTemplate(w, "signoff", page); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// signOff is what the template draws.
type signOff struct {
	P           *signoff.Pack
	Changes     []signoff.Change
	CSS, OwnCSS template.CSS
	Gauge       *gauge
	Margin      *marginPlot
}

// The most rows that fit on the two pages. evidence.json has all.
const (
	mostResources = 6
	mostFaults    = 6
	mostRisks     = 5
	mostUntested  = 5
	mostRemedies  = 4
	mostRuns      = 6
	mostChanges   = 5
)

func readinessFuncs() template.FuncMap {
	return template.FuncMap{
		"tone": tone, "day": func(t time.Time) string { return t.Format("2 January 2006") },
		"moment": func(t time.Time) string { return t.Format("Monday, 2 January 2006, 15:04 MST") },
		"age":    age, "span": span, "estimate": estimateText, "ratio": finding.Ratio, "decimal": finding.Decimal,
		"input": signoff.InputWords, "remedy": signoff.RemedyWords, "capital": capital,
		"link": signoff.Link, "folder": signoff.Folder, "number": docNumber, "odds": odds,
		"resources": func(x []signoff.Resource) []signoff.Resource { return x[:min(len(x), mostResources)] },
		"faults":    func(x []signoff.Cell) []signoff.Cell { return x[:min(len(x), mostFaults)] },
		"risks":     func(x []signoff.Risk) []signoff.Risk { return x[:min(len(x), mostRisks)] },
		"untested":  func(x []string) []string { return x[:min(len(x), mostUntested)] },
		"remedies":  func(x []stats.Remedy) []stats.Remedy { return x[:min(len(x), mostRemedies)] },
		"inputs":    func(x []stats.Input) []stats.Input { return x[:min(len(x), mostRemedies)] },
		"runs":      func(x []signoff.Run) []signoff.Run { return x[:min(len(x), mostRuns)] },
		"changes":   func(x []signoff.Change) []signoff.Change { return x[:min(len(x), mostChanges)] },
		"base":      filepath.Base,
		"width":     func(lo, hi float64) float64 { return max(hi-lo, 1) },
		"percent":   func(share float64) float64 { return 100 * min(max(share, 0), 1) },
		"more": func(n, most int) string {
			if n <= most {
				return ""
			}
			return fmt.Sprintf("%d more in evidence.json", n-most)
		},
	}
}

// tone is the class of the colours of an answer.
func tone(d stats.Decision) string {
	switch d {
	case stats.Go:
		return "pass"
	case stats.NoGo:
		return "fail"
	}
	return "inconclusive"
}

// odds words a probability for a table.
func odds(p float64) string { return signoff.Chance(p, "> ", "< ") }

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// age words the age of evidence in s.
func age(seconds float64) string {
	switch hours := seconds / 3600; {
	case hours < 1:
		return "today"
	case hours < 48:
		return finding.Plural(int(hours), "hour")
	default:
		return finding.Plural(int(hours/24), "day")
	}
}

// span words a time that a fault lasts or comes after, in s.
func span(seconds float64) string {
	if days := seconds / 86400; days >= 2 {
		return finding.Decimal(days) + " days"
	}
	if hours := seconds / 3600; hours >= 2 {
		return finding.Decimal(hours) + " h"
	}
	return finding.Seconds(seconds)
}

// z90 is the quantile of a 90 % interval.
const z90 = 1.6449

// estimateText is a figure with its 90 % interval, with a formatter for both.
func estimateText(e *stats.Estimate, unit string) string {
	format := finding.Share
	if unit == "s" {
		format = span
	}
	text := format(e.Value)
	if e.AtLeast {
		return "at least " + text
	}
	if e.Spread > 0 && e.Value > 0 {
		text += fmt.Sprintf(" [%s, %s]", format(e.Value*math.Exp(-z90*e.Spread)), format(e.Value*math.Exp(z90*e.Spread)))
	}
	return text
}

// docNumber is a quantity with its interval, on one line.
func docNumber(q finding.Quantity) string {
	return finding.Above(q) + strings.TrimSpace(finding.Value(q)+" "+finding.Interval(q))
}

// gauge is the probability on a strip of 100 with the threshold; From to To is what missing
// evidence leaves open.
type gauge struct{ From, To, Open, Threshold float64 }

func gaugeOf(p *signoff.Pack) *gauge {
	if p.Answer == nil {
		return nil
	}
	g := gauge{From: 100 * p.Answer.Probability, To: 100 * p.Answer.AtBest, Threshold: 100 * p.Plan.Threshold}
	g.Open = max(g.To-g.From, 0)
	return &g
}

// marginPlot places the largest load that ships, as factors of the forecast, on a strip of
// 600 from 0 to Top.
type marginPlot struct {
	Lo, At, Hi, One, Confident float64
	Ticks                      []tick
}

type tick struct {
	At   float64
	Text string
}

const marginWidth = 600

func marginOf(p *signoff.Pack) *marginPlot {
	if p.Answer == nil {
		return nil
	}
	a := p.Answer
	top := max(2, math.Ceil(min(cmp.Or(a.Hi, 2), 8)*2)/2)
	place := func(factor float64) float64 { return math.Round(10*marginWidth*min(factor/top, 1)) / 10 }
	m := &marginPlot{Lo: place(a.Lo), At: place(a.Margin), Hi: place(a.Hi), One: place(1), Confident: place(a.Confident)}
	step := 0.5
	if top > 4 {
		step = 1
	}
	for f := 0.0; f <= top; f += step {
		m.Ticks = append(m.Ticks, tick{place(f), finding.Ratio(f)})
	}
	return m
}
