package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/remedy"
)

// remedies sets out the remedies that were tried.
func (p *printer) remedies(j *analyzer.Judgement) {
	if len(j.Remedies) == 0 {
		return
	}
	p.b.WriteString("\n" + p.paint(text.Bold, "Remedies tried") + "\n")
	for _, row := range j.Remedies {
		p.item("  ·", row.Words)
	}
}

// mdRemedies writes the remedies that were tried.
func mdRemedies(b *strings.Builder, j *analyzer.Judgement) {
	if len(j.Remedies) == 0 {
		return
	}
	b.WriteString("\n| Remedy | Change | Answer | Slowdown before | after | Effect | Price | Replicates |\n" +
		"|:--|:--|:--|:--|:--|:--|:--|:--|\n")
	for _, row := range j.Remedies {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %d |\n", md(row.Name), md(row.About), md(string(row.Answer)),
			md(finding.Value(row.Before)), md(finding.Figure(row.After)), md(finding.Figure(row.Effect)),
			md(priceChange(row)), row.Pairs)
	}
}

// priceChange is the change of the price: "+20 %".
func priceChange(row remedy.Row) string {
	if finding.IsMissing(row.Price) {
		return finding.Dash
	}
	return fmt.Sprintf("%+.0f %%", 100*row.Price.Value)
}

// servedOf is how much of what disruptive tenants offered was served.
func servedOf(s remedy.Share) string {
	if s.Offered == 0 {
		return finding.Dash
	}
	return fmt.Sprintf("%s of %s", finding.Share(float64(s.Served)/float64(s.Offered)), finding.Count(s.Offered))
}
