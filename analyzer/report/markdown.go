package report

import (
	"fmt"
	"io"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// Markdown writes the verdict, the table of setups, the answers, the findings that
// do not pass and the warnings, short enough for a pull request comment.
func Markdown(w io.Writer, j *analyzer.Judgement) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s: %s\n\n%s\n\n", verdictMark(j.Verdict), strings.ToUpper(string(j.Verdict)),
		md(j.Manifest.Experiment), md(j.Reason))
	for _, caveat := range j.Manifest.Caveats {
		fmt.Fprintf(&b, "> **Note:** %s\n\n", md(caveat))
	}
	if heads := Headlines(j); len(heads) > 0 {
		if j.Verdict == finding.Invalid {
			b.WriteString(invalidNotice + "\n\n")
		}
		mdSetups(&b, heads)
		fmt.Fprintf(&b, "\n<sub>%s</sub>\n", md(legend(j)))
	}
	for _, a := range Summary(j) {
		if len(a.Sentences) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n**%s**\n\n", a.Question)
		for _, s := range a.Sentences {
			fmt.Fprintf(&b, "- %s\n", md(s))
		}
	}
	mdRemedies(&b, j)
	mdEndpoints(&b, j)
	mdCapacity(&b, j)
	mdScorecards(&b, j)
	mdAttributed(&b, j)
	kept, left := most(decisive(j), 20)
	mdFindings(&b, kept)
	if left > 0 {
		fmt.Fprintf(&b, "\nand %d more findings that do not pass: see the HTML report.\n", left)
	}
	if all := Warnings(j); len(all) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n", finding.Plural(len(all), "warning"))
		for _, s := range all {
			fmt.Fprintf(&b, "- %s\n", md(s))
		}
		b.WriteString("\n</details>\n")
	}
	fmt.Fprintf(&b, "\n<sub>%s</sub>\n", md(runLine(j)))
	if j.Manifest.Command != "" {
		fmt.Fprintf(&b, "\n```sh\n%s\n```\n", strings.ReplaceAll(j.Manifest.Command, "```", ""))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write markdown report: %w", err)
	}
	return nil
}

func mdSetups(b *strings.Builder, heads []Headline) {
	b.WriteString("| |")
	for _, h := range heads {
		b.WriteString(" " + md(h.Setup.Name) + " |")
	}
	b.WriteString("\n|:--|" + strings.Repeat(":--|", len(heads)) + "\n")
	for _, row := range sideBySide(heads) {
		b.WriteString("| " + md(row.Label) + " |")
		for _, cell := range row.Cells {
			text := md(cell.Text)
			if cell.Alarm {
				text = "**" + text + "**"
			}
			b.WriteString(" " + text + " |")
		}
		b.WriteByte('\n')
	}
}

// mdEndpoints writes the declared comparisons of setups.
func mdEndpoints(b *strings.Builder, j *analyzer.Judgement) {
	rows := endpointRows(j)
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n| Setups compared | First | Second | Effect | Answer |\n|:--|:--|:--|:--|:--|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s: %s | %s: %s | %s | %s |\n", md(row.What), md(row.A), md(finding.Value(row.ValueA)), md(row.B),
			md(finding.Value(row.ValueB)), md(row.Figure), md(row.Answer))
	}
}

func mdFindings(b *strings.Builder, all []finding.Finding) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\n| Verdict | Finding | About | Because |\n|:--|:--|:--|:--|\n")
	for _, f := range all {
		title := f.Title
		if f.Quantity != nil {
			title += ": " + finding.Counted(*f.Quantity)
		}
		because := strings.Join(f.Because, " ")
		if f.Remedy != "" {
			because += " → " + f.Remedy
		}
		fmt.Fprintf(b, "| %s %s | %s %s | %s | %s |\n", verdictMark(f.Verdict), f.Verdict, f.ID, md(title),
			md(scopeText(f.Scope)), md(because))
	}
}

// md escapes what Markdown or the HTML inside it would take for markup. Names
// come from files that people write, so a tenant could be called "<b>|x".
func md(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", "\\*",
		"_", "\\_", "[", "\\[", "]", "\\]", "\n", " ").Replace(s)
}

// verdictMark returns the sign that goes with the word of a verdict.
func verdictMark(v finding.Verdict) string {
	switch v {
	case finding.Pass:
		return "✓"
	case finding.Fail:
		return "✗"
	case finding.Inconclusive:
		return "?"
	case finding.Invalid:
		return "!"
	}
	return "i"
}
