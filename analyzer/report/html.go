package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

//go:embed assets
var assets embed.FS

// HTML writes the report as one file that needs no network: style, charts and
// data are inside it, and its content policy forbids to fetch anything.
func HTML(w io.Writer, j *analyzer.Judgement) error {
	t, err := template.New("report").Funcs(templateFuncs()).ParseFS(assets, "assets/*.html")
	if err != nil {
		return fmt.Errorf("parse report templates: %w", err)
	}
	p, err := newPage(j)
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "page", p); err != nil {
		return fmt.Errorf("write html report: %w", err)
	}
	return nil
}

// page is what the templates draw.
type page struct {
	J                 *analyzer.Judgement
	PlotCSS, CSS      template.CSS
	PlotJS, ChartsJS  template.JS
	RunLine, Legend   string
	InvalidNotice     string
	Sections          []section
	TimeCharts        []timeChart
	Answers           []Answer
	Decisive          []finding.Finding
	DecisiveLeft      int
	Validity          []finding.Finding
	Capacity          []finding.Finding
	Heads             []Headline
	Side              []sideRow
	Endpoints         []endpointRow
	Matrices          []matrix
	Faults            []faultGroup
	Audit             auditView
	Trials            []trialLine
	Warnings, Methods []string
	Versions          []version
	Charts            chartData
}

// section is one entry of the navigation.
type section struct{ ID, Title string }

// timeChart is one kind of chart over time.
type timeChart struct{ Kind, Title, Note string }

func newPage(full *analyzer.Judgement) (*page, error) {
	heads, j := Headlines(full), fold(full)
	p := &page{
		J: j, RunLine: runLine(j), Legend: legend(j), InvalidNotice: invalidNotice, Sections: sections(), TimeCharts: timeCharts(),
		Answers: Summary(full), Validity: family(j, "VAL-"), Capacity: family(j, "CAP-"),
		Heads: heads, Side: sideBySide(heads), Matrices: matrices(j), Faults: faultGroups(j),
		Audit: auditOf(j), Trials: trialLines(j), Warnings: Warnings(j), Methods: methods(j),
		Versions: versions(j), Charts: charts(j), Endpoints: endpointRows(j),
	}
	p.Decisive, p.DecisiveLeft = most(decisive(j), 30)
	for name, set := range map[string]func(string){
		"uPlot.min.css":     func(s string) { p.PlotCSS = template.CSS(s) },
		"report.css":        func(s string) { p.CSS = template.CSS(s) },
		"uPlot.iife.min.js": func(s string) { p.PlotJS = template.JS(s) },
		"charts.js":         func(s string) { p.ChartsJS = template.JS(s) },
	} {
		data, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return nil, fmt.Errorf("read report asset: %w", err)
		}
		set(string(data))
	}
	return p, nil
}

func sections() []section {
	return []section{
		{"verdict", "Verdict"}, {"summary", "Summary"}, {"scorecard", "Scorecard"}, {"setups", "Setups"}, {"remedies", "Remedies"},
		{"time", "Over time"},
		{"spectrum", "Percentiles"}, {"tenants", "Tenants"}, {"isolation", "Isolation"}, {"faults", "Faults"},
		{"attribution", "Links"},
		{"drills", "Drills"}, {"background", "Background"},
		{"audit", "Writes"}, {"objectives", "Objectives"}, {"throughput", "Throughput"}, {"steps", "Steps"},
		{"validity", "Validity"}, {"findings", "Findings"}, {"methods", "Methods"}, {"run", "Run"},
	}
}

func timeCharts() []timeChart {
	return []timeChart{
		{"latency", "Latency", "P50 and P95 of journeys from the intended start, a value a bin; logarithmic. " +
			"A gap: nothing finished in that bin."},
		{"arrivals", "Arrivals", "Journeys a second: planned, started by the generator, served well."},
		{"errors", "Errors by class", "Journeys a second that were not served, by outcome class; stacked."},
	}
}

// family picks the findings of one family.
func family(j *analyzer.Judgement, prefix string) []finding.Finding {
	var all []finding.Finding
	for _, f := range j.Findings {
		if strings.HasPrefix(f.ID, prefix) {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b finding.Finding) int { return severity(b.Verdict) - severity(a.Verdict) })
	return all
}
