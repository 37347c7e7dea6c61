package remedy

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// sentence is the answer in one sentence:
//
//	import-workers helps: slowdown 3.9× -> 1.1× [1, 1.3], +0 % cost, decided in 2 replicates.
func (row Row) sentence() string {
	parts := slices.DeleteFunc([]string{row.slowdowns(), row.effect(), row.served(), row.cost(), row.decided()},
		func(s string) bool { return s == "" })
	answer := string(row.Answer)
	if row.Answer == Undecided {
		answer = "is undecided"
	}
	return fmt.Sprintf("%s %s: %s.", row.Name, answer, strings.Join(parts, ", "))
}

func (row Row) slowdowns() string {
	if finding.IsMissing(row.Before) && finding.IsMissing(row.After) {
		return ""
	}
	return fmt.Sprintf("slowdown %s -> %s", finding.Value(row.Before), finding.Figure(row.After))
}

func (row Row) effect() string {
	if row.Quantile == "" {
		return ""
	}
	name := strings.ToUpper(row.Quantile)
	if finding.IsMissing(row.Effect) {
		return fmt.Sprintf("%s %s not known (%s)", name, row.Where, finding.List(row.Effect.Warnings, 1))
	}
	return fmt.Sprintf("%s %s %s that of %s", name, row.Where, finding.Figure(row.Effect), row.Of)
}

// served words the share served where it decides.
func (row Row) served() string {
	if finding.IsMissing(row.Served) || row.Answer != HelpsPart {
		return ""
	}
	return fmt.Sprintf("share served %+.3g points", 100*row.Served.Value)
}

// cost is the change of the price: "+0 % cost".
func (row Row) cost() string {
	if finding.IsMissing(row.Price) {
		return ""
	}
	return fmt.Sprintf("%+.0f %% cost", 100*row.Price.Value)
}

func (row Row) decided() string {
	replicates := finding.Plural(row.Pairs, "replicate")
	if row.Answer == Undecided {
		return "open after " + replicates
	}
	return "decided in " + replicates
}

// costs are the sentences on what the remedy costs next to its price: in calm windows, the
// disruptive tenant itself, and what fails with it.
func (row Row) costs() []string {
	var all []string
	if !finding.IsMissing(row.Calm) {
		all = append(all, fmt.Sprintf("In calm windows the latency is %s that of %s.", finding.Figure(row.Calm), row.Of))
	}
	if before, after := row.Disruptive[0], row.Disruptive[1]; before.Offered > 0 && after.Offered > 0 {
		all = append(all, fmt.Sprintf("Disruptive tenants themselves were served %s of %s journeys without it, %s of %s with it.",
			before.share(), finding.Count(before.Offered), after.share(), finding.Count(after.Offered)))
	}
	for _, reason := range row.Breaks {
		all = append(all, fmt.Sprintf("Fails with it and not on %s: %s", row.Of, reason))
	}
	return all
}

func (s Share) share() string { return finding.Share(float64(s.Served) / float64(s.Offered)) }

// Cite adds what was measured to the findings that advise a remedy: those on the changed
// setup that do not pass.
func Cite(findings []finding.Finding, tried []results.Remedy, rows []Row) {
	for i := range findings {
		f := &findings[i]
		if f.Verdict == finding.Pass || f.Verdict == finding.Info {
			continue
		}
		var measured []string
		for k, row := range rows {
			if row.Of == f.Scope.Setup && slices.Contains(tried[k].For, f.ID) {
				measured = append(measured, row.Words)
			}
		}
		if len(measured) > 0 {
			f.Remedy = strings.TrimSpace(f.Remedy + " Tried in this run (REM-001): " + strings.Join(measured, " "))
		}
	}
}
