package report

import (
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Matrix writes the resiliency matrix of a campaign as one HTML file that needs no network.
func Matrix(w io.Writer, m *campaign.Matrix) error {
	t, err := template.New("campaign").Funcs(templateFuncs()).Funcs(campaignFuncs()).ParseFS(assets, "assets/campaign/*.html")
	if err != nil {
		return fmt.Errorf("parse the template of the matrix: %w", err)
	}
	css, err := assets.ReadFile("assets/report.css")
	if err != nil {
		return fmt.Errorf("read report asset: %w", err)
	}
	if err := t.ExecuteTemplate(w, "campaign", campaignPageOf(m, template.CSS(css))); err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return nil
}

func campaignFuncs() template.FuncMap {
	return template.FuncMap{
		"measure": measureText, "expected": expectedText, "seconds_long": span,
		"moment": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"day":    func(t *time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") },
		"versions": func(versions map[string]string) string {
			var parts []string
			for _, part := range slices.Sorted(maps.Keys(versions)) {
				parts = append(parts, part+" "+versions[part])
			}
			return strings.Join(parts, ", ")
		},
	}
}

// campaignPage is what the template draws.
type campaignPage struct {
	M       *campaign.Matrix
	CSS     template.CSS
	Verdict finding.Verdict
	Counts  string
	Setups  []campaignSetup
	Open    []campaign.Cell // what does not pass
	Runs    []campaign.Cell // the first cell of each run
}

// campaignSetup is the matrix of one setup: fault and moment × journey.
type campaignSetup struct {
	Name     string
	Tenancy  results.Tenancy
	Journeys []string
	Rows     []campaignRow
}

type campaignRow struct {
	Fault, Moment, At, Report string
	Started                   *time.Time
	Cells                     []*campaign.Cell // by journey; nil: the campaign leaves it out
}

func campaignPageOf(m *campaign.Matrix, css template.CSS) campaignPage {
	page := campaignPage{M: m, CSS: css, Verdict: m.Verdict(), Counts: countsText(m)}
	seen := map[string]bool{}
	for i, c := range m.Cells {
		s := slices.IndexFunc(page.Setups, func(s campaignSetup) bool { return s.Name == c.Setup })
		if s < 0 {
			s = len(page.Setups)
			page.Setups = append(page.Setups, campaignSetup{Name: c.Setup, Tenancy: c.Tenancy})
		}
		page.Setups[s].add(&m.Cells[i])
		if c.Word() != string(finding.Pass) {
			page.Open = append(page.Open, c)
		}
		if c.Run != "" && !seen[c.Run] {
			seen[c.Run] = true
			page.Runs = append(page.Runs, c)
		}
	}
	for _, s := range page.Setups {
		for i := range s.Rows {
			for len(s.Rows[i].Cells) < len(s.Journeys) {
				s.Rows[i].Cells = append(s.Rows[i].Cells, nil)
			}
		}
	}
	return page
}

// add puts a cell into its row and column.
func (s *campaignSetup) add(c *campaign.Cell) {
	s.Journeys = appendNew(s.Journeys, c.Journey)
	row := slices.IndexFunc(s.Rows, func(r campaignRow) bool { return r.Fault == c.Fault && r.Moment == c.Moment })
	if row < 0 {
		row = len(s.Rows)
		s.Rows = append(s.Rows, campaignRow{Fault: c.Fault, Moment: c.Moment, At: c.At, Report: c.Report, Started: c.Started})
	}
	cells := &s.Rows[row].Cells
	for len(*cells) < slices.Index(s.Journeys, c.Journey) {
		*cells = append(*cells, nil)
	}
	*cells = append(*cells, c)
}

// measureText is a figure with its interval and limit: "served 98.2 % [97.1, 98.9], limit 95 %".
func measureText(m campaign.Measure) string {
	if m.What == campaign.Writes {
		return m.Because
	}
	limit := finding.Share(m.Limit)
	if m.What == campaign.Recovery {
		limit = finding.Seconds(m.Limit)
	}
	figure := strings.TrimSpace(finding.Value(m.Quantity) + " " + finding.Interval(m.Quantity))
	return fmt.Sprintf("%s %s, limit %s", m.What, figure, limit)
}

// expectedText is an expectation: "95 % served within 3 s, recovery in 10 s".
func expectedText(e campaign.Expect) string {
	var parts []string
	if e.Served > 0 {
		text := finding.Share(e.Served) + " served"
		if e.Within > 0 {
			text += " within " + finding.Seconds(e.Within)
		}
		parts = append(parts, text)
	}
	if e.Recovery > 0 {
		parts = append(parts, "recovery in "+finding.Seconds(e.Recovery))
	}
	return strings.Join(parts, ", ")
}

// countsText counts the cells: "8 cells: 6 pass, 1 fail, 1 no evidence."
func countsText(m *campaign.Matrix) string {
	counts := m.Count()
	var parts []string
	for _, word := range []string{string(finding.Pass), string(finding.Fail), string(finding.Inconclusive),
		string(finding.Invalid),
		string(campaign.TooOld), string(campaign.None)} {
		if n := counts[word]; n > 0 {
			parts = append(parts, finding.Count(n)+" "+word)
		}
	}
	text := finding.Plural(len(m.Cells), "cell") + ": " + strings.Join(parts, ", ") + "."
	if len(m.Held) > 0 {
		var held []string
		for _, c := range m.Held {
			held = append(held, c.Word())
		}
		text += " Capacity while a fault lasts: " + finding.List(held, 6) + "."
	}
	return text
}

// MatrixTerminal writes the matrix as tables, one for each setup, and why cells do not pass.
func MatrixTerminal(w io.Writer, m *campaign.Matrix, color bool) error {
	p := printer{color: color}
	verdict := m.Verdict()
	p.item(p.paint(verdictColor(verdict), strings.ToUpper(string(verdict))), countsText(m))
	var setups []string
	for _, c := range m.Cells {
		setups = appendNew(setups, c.Setup)
	}
	for _, setup := range setups {
		p.b.WriteString("\n" + p.paint(text.Bold, setup) + "\n")
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.Style().Options.DrawBorder = false
		t.AppendHeader(table.Row{"fault", "moment", "journey", "state", "measured", "date"})
		for _, c := range m.Cells {
			if c.Setup == setup {
				t.AppendRow(table.Row{c.Fault, c.Moment, c.Journey, p.word(c), measuresText(c), dateOf(c)})
			}
		}
		p.b.WriteString(t.Render() + "\n")
	}
	for _, c := range m.Held {
		p.item("  ·", fmt.Sprintf("capacity while %s lasts, %s, %s: %s", c.Fault, c.Setup, c.Word(), c.Why))
	}
	for _, d := range m.Doses {
		p.item("  ·", fmt.Sprintf("%s, %s, %s, %s: %s", d.Fault, d.Moment, d.Setup, d.Journey, d.Why))
	}
	for _, w := range m.Worst {
		p.item("  ·", fmt.Sprintf("worst moment, %s, %s, %s: %s%s", w.Fault, w.Setup, w.Journey, w.Why, momentsText(w)))
	}
	why := map[string]bool{}
	for _, c := range m.Cells {
		line := fmt.Sprintf("%s, %s, %s: %s", c.Fault, c.Moment, c.Setup, c.Why)
		if c.Word() != string(finding.Pass) && c.Why != "" && !why[line] {
			why[line] = true
			p.item("  ·", line)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *printer) word(c campaign.Cell) string {
	if c.State != campaign.Measured {
		return c.Word()
	}
	return p.paint(verdictColor(c.Verdict), c.Word())
}

// measuresText has one figure a line, or what is expected without a measurement.
func measuresText(c campaign.Cell) string {
	if len(c.Measures) == 0 {
		return "expected: " + expectedText(c.Expect)
	}
	var lines []string
	for _, m := range c.Measures {
		if m.What == campaign.Writes {
			lines = append(lines, text.WrapSoft(measureText(m), 48))
			continue
		}
		lines = append(lines, measureText(m))
	}
	return strings.Join(lines, "\n")
}

// momentsText lists what was measured: " Measured: cutoff-8s 92.1 %, cutoff 81 %."
func momentsText(w campaign.Worst) string {
	var parts []string
	for _, m := range w.Moments {
		if m.State == campaign.Measured && len(m.Measures) > 0 {
			parts = append(parts, m.At+" "+finding.Value(m.Measures[0].Quantity))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " Measured: " + strings.Join(parts, ", ") + "."
}

func dateOf(c campaign.Cell) string {
	if c.Started == nil {
		return finding.Dash
	}
	return c.Started.UTC().Format("2006-01-02 15:04")
}
