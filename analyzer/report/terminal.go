package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// terminalWidth is the width that the terminal report keeps to.
const terminalWidth = 100

// sideways is how many setups a table of the terminal report has next to each other. More
// setups make more tables.
const sideways = 3

// Terminal writes the result of a run: verdict and reason, caveats, the setups side by
// side, the answers, the findings that do not pass, warnings. It fits 100 columns. color
// adds ANSI colours, which carry no information of their own.
func Terminal(w io.Writer, j *analyzer.Judgement, color bool) error {
	p := printer{color: color}
	p.verdict(j)
	heads := Headlines(j)
	if len(heads) > 0 {
		if j.Verdict == finding.Invalid {
			p.line(invalidNotice)
		}
		for part := range slices.Chunk(heads, sideways) {
			p.b.WriteString(setupsTable(part, p.paint).Render() + "\n")
		}
		p.line(p.paint(text.Faint, legend(j)))
	}
	p.answers(j)
	p.remedies(j)
	p.endpoints(j)
	p.capacity(j)
	p.scorecards(j)
	p.attributed(j)
	p.findings(j)
	p.warnings(j)
	if _, err := io.WriteString(w, p.b.String()); err != nil {
		return fmt.Errorf("write terminal report: %w", err)
	}
	return nil
}

// printer gathers the lines of a terminal report.
type printer struct {
	b     strings.Builder
	color bool
}

func (p *printer) paint(c text.Color, s string) string {
	if !p.color {
		return s
	}
	return text.Colors{c}.EscapeSeq() + s + text.Reset.EscapeSeq()
}

// line writes s wrapped at the report's width.
func (p *printer) line(s string) { p.b.WriteString(wrap(s, terminalWidth) + "\n") }

// item writes s as a list item, wrapped with a hanging indent.
func (p *printer) item(mark, s string) {
	indent := strings.Repeat(" ", text.StringWidthWithoutEscSequences(mark)+1)
	for i, l := range strings.Split(wrap(s, terminalWidth-len(indent)), "\n") {
		if i == 0 {
			p.b.WriteString(mark + " " + l + "\n")
			continue
		}
		p.b.WriteString(indent + l + "\n")
	}
}

// wrap breaks s at blanks into lines of at most width columns.
func wrap(s string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(s) {
		n := text.StringWidthWithoutEscSequences(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func verdictColor(v finding.Verdict) text.Color {
	switch v {
	case finding.Pass:
		return text.FgHiGreen
	case finding.Fail:
		return text.FgHiRed
	case finding.Inconclusive:
		return text.FgHiYellow
	case finding.Invalid:
		return text.FgHiMagenta
	}
	return text.FgHiBlue
}

func (p *printer) verdict(j *analyzer.Judgement) {
	word := strings.ToUpper(string(j.Verdict))
	p.item(p.paint(verdictColor(j.Verdict), word), j.Reason)
	p.line(p.paint(text.Faint, j.Manifest.Experiment+" · "+runLine(j)))
	for _, caveat := range j.Manifest.Caveats {
		p.item(p.paint(text.FgHiYellow, "!"), caveat)
	}
	p.b.WriteByte('\n')
}

// runLine returns the size, the seed and the date of a run.
func runLine(j *analyzer.Judgement) string {
	s := fmt.Sprintf("%s · %s · seed %d", finding.Plural(len(setupsOf(j)), "setup"), finding.Plural(len(j.Trials), "trial"),
		j.Manifest.Seed)
	if !j.Manifest.Started.IsZero() {
		s += j.Manifest.Started.UTC().Format(" · 2006-01-02 15:04 UTC")
	}
	return s
}

func legend(j *analyzer.Judgement) string {
	s := "Latency counts from the intended start."
	if l := level(j); l > 0 {
		s += fmt.Sprintf(" [low, high]: %s %% interval.", finding.Decimal(100*l))
	}
	return s + " n: figures behind it. ×: times the reference window."
}

func (p *printer) answers(j *analyzer.Judgement) {
	for _, a := range Summary(j) {
		if len(a.Sentences) == 0 {
			continue
		}
		p.b.WriteByte('\n')
		head := p.paint(text.Bold, a.Question)
		if a.Verdict != finding.Info {
			head += " " + p.paint(verdictColor(a.Verdict), string(a.Verdict))
		}
		p.b.WriteString(head + "\n")
		for _, s := range a.Sentences {
			p.item("  ·", s)
		}
	}
}

// endpoints sets out the declared comparisons of setups.
func (p *printer) endpoints(j *analyzer.Judgement) {
	rows := endpointRows(j)
	if len(rows) == 0 {
		return
	}
	p.b.WriteString("\n" + p.paint(text.Bold, "Setups compared") + "\n")
	for _, row := range rows {
		p.item("  ·", fmt.Sprintf("%s: %s / %s %s, %s.", row.What, row.B, row.A, row.Figure, row.Answer))
	}
}

// findings lists what did not pass, most severe first.
func (p *printer) findings(j *analyzer.Judgement) {
	kept, left := most(decisive(j), 10)
	if len(kept) > 0 {
		p.b.WriteString("\n" + p.paint(text.Bold, "Findings that do not pass") + "\n")
	}
	for _, f := range kept {
		word := fmt.Sprintf("%-12s %s", f.Verdict, f.ID)
		p.item("  "+p.paint(verdictColor(f.Verdict), word), sentence(f)+scopeSuffix(f.Scope))
		if f.Remedy != "" {
			p.item("    →", f.Remedy)
		}
	}
	if left > 0 {
		p.item("  ·", fmt.Sprintf("and %d more: see the HTML report.", left))
	}
}

func (p *printer) warnings(j *analyzer.Judgement) {
	all := Warnings(j)
	if len(all) == 0 {
		return
	}
	p.b.WriteString("\n" + p.paint(text.Bold, "Warnings") + "\n")
	const limit = 8
	for i, s := range all {
		if i == limit {
			p.item("  ·", fmt.Sprintf("and %d more: see the HTML report.", len(all)-limit))
			break
		}
		p.item("  ·", s)
	}
}

// setupsTable sets the setups side by side, one column each.
func setupsTable(heads []Headline, paint func(text.Color, string) string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options.SeparateRows = false
	header := table.Row{""}
	for _, h := range heads {
		header = append(header, h.Setup.Name)
	}
	t.AppendHeader(header)
	for _, row := range sideBySide(heads) {
		if row.Section {
			t.AppendSeparator()
		}
		cells := table.Row{row.Label}
		for _, cell := range row.Cells {
			content := cell.Text
			if cell.Alarm {
				content = paint(text.FgHiRed, content)
			}
			cells = append(cells, content)
		}
		t.AppendRow(cells)
	}
	const labels, frame = 27, 3
	width := (terminalWidth-labels-frame-1)/len(heads) - frame
	configs := []table.ColumnConfig{{Number: 1, WidthMax: labels - frame + 1, WidthMaxEnforcer: text.WrapSoft}}
	for i := range heads {
		configs = append(configs, table.ColumnConfig{Number: i + 2, WidthMax: width, WidthMaxEnforcer: text.WrapSoft})
	}
	t.SetColumnConfigs(configs)
	return t
}
