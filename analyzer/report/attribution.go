package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// attributed prints the ATT- findings, one line for each setup and question.
func (p *printer) attributed(j *analyzer.Judgement) {
	all := shown(j)
	if len(all) == 0 {
		return
	}
	p.b.WriteByte('\n')
	p.line(p.paint(text.Bold, "Telemetry before late journeys, and effects of faults"))
	for _, f := range all {
		p.item("  ·", f.Scope.Setup+": "+brief(f.Because))
	}
}

// shown returns the ATT- findings that have a result.
func shown(j *analyzer.Judgement) []finding.Finding {
	var all []finding.Finding
	for _, f := range j.Findings {
		if strings.HasPrefix(f.ID, "ATT-") && f.Verdict == finding.Info {
			all = append(all, f)
		}
	}
	return all
}

// mdAttributed is the same for a pull request.
func mdAttributed(b *strings.Builder, j *analyzer.Judgement) {
	all := shown(j)
	if len(all) == 0 {
		return
	}
	b.WriteString("\n**Telemetry before late journeys, and effects of faults**\n\n")
	for _, f := range all {
		fmt.Fprintf(b, "- %s: %s\n", md(f.Scope.Setup), md(strings.Join(f.Because, " ")))
	}
}
