package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// scorecards prints each setup's six domains: the sentence first, then a row a domain of
// the platform and a row a workflow of the business.
func (p *printer) scorecards(j *analyzer.Judgement) {
	for _, card := range j.Scorecards {
		p.b.WriteByte('\n')
		p.line(p.paint(text.Bold, "Scorecard of "+card.Setup))
		p.item("  ·", card.Words)
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.Style().Options.DrawBorder = false
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: terminalWidth - 44, WidthMaxEnforcer: text.WrapSoft}})
		for _, d := range card.Domains {
			t.AppendRow(table.Row{d.Name, p.paint(verdictColor(d.Verdict), domainWord(d)), domainWords(d)})
		}
		t.AppendSeparator()
		for _, w := range card.Workflows {
			t.AppendRow(table.Row{w.Name, p.paint(verdictColor(w.Verdict), workflowWord(w)), workflowWords(w)})
		}
		p.b.WriteString(t.Render() + "\n")
	}
}

// workflowWord is the verdict of a workflow, or that there is none.
func workflowWord(w analyzer.ScoreMeasure) string {
	if finding.IsMissing(w.Figure) {
		return "not measured"
	}
	return string(w.Verdict)
}

// workflowWords is how much of a workflow was done, and what it is held to.
func workflowWords(w analyzer.ScoreMeasure) string {
	if finding.IsMissing(w.Figure) {
		return finding.Value(w.Figure)
	}
	return finding.Counted(w.Figure) + " done; objective: " + w.Objective
}

// domainWord is the verdict of a domain, or that there is none.
func domainWord(d analyzer.ScoreDomain) string {
	if d.Missing != "" {
		return "not measured"
	}
	return string(d.Verdict)
}

// domainWords is the reason, or the command that would give one.
func domainWords(d analyzer.ScoreDomain) string {
	if d.Missing != "" {
		return "measured by " + d.Missing
	}
	return d.Words
}

// mdScorecards is the same for a pull request.
func mdScorecards(b *strings.Builder, j *analyzer.Judgement) {
	for _, card := range j.Scorecards {
		fmt.Fprintf(b, "\n**Scorecard of %s.** %s\n\n| Domain | Verdict | Why |\n|:--|:--|:--|\n", md(card.Setup), md(card.Words))
		for _, d := range card.Domains {
			fmt.Fprintf(b, "| %s | %s %s | %s |\n", d.Name, verdictMark(d.Verdict), domainWord(d), md(domainWords(d)))
		}
		for _, w := range card.Workflows {
			fmt.Fprintf(b, "| %s | %s %s | %s |\n", w.Name, verdictMark(w.Verdict), workflowWord(w), md(workflowWords(w)))
		}
	}
}
