package analyzer

import (
	"fmt"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// Scorecard is one setup on one page: six domains of reliability, and the business
// workflows. It judges nothing itself.
type Scorecard struct {
	Setup     string         `json:"setup"`
	Words     string         `json:"words"` // the domains in one sentence
	Domains   []ScoreDomain  `json:"domains"`
	Workflows []ScoreMeasure `json:"workflows"`
}

// ScoreDomain is one domain. Its verdict is that of its worst measure. Without a measure it
// is inconclusive, and Missing is the command that measures it.
type ScoreDomain struct {
	Name     string          `json:"name"`
	Verdict  finding.Verdict `json:"verdict"`
	Words    string          `json:"words"`
	Measures []ScoreMeasure  `json:"measures"`
	Missing  string          `json:"missing,omitempty"`
}

// ScoreMeasure is one service level indicator with its objective.
type ScoreMeasure struct {
	Name      string           `json:"name"`
	Objective string           `json:"objective"`
	Figure    finding.Quantity `json:"figure"`
	Verdict   finding.Verdict  `json:"verdict"`
	Finding   string           `json:"finding,omitempty"` // with the evidence
	Remedy    string           `json:"remedy,omitempty"`
}

// domain is one of the six, with the findings that are evidence for it.
type domain struct {
	name     string
	missing  string // the command that measures it
	evidence []evidence
}

// evidence is a finding, or a family of findings such as CAP-, and its objective.
type evidence struct{ id, objective string }

// noObjective is the objective of a measure without one.
const noObjective = "none stated"

// domains returns the six of a reliability framework for logistics platforms.
func domains() []domain {
	return []domain{
		{"availability", "harness run EXPERIMENT with objectives: or faults:", []evidence{
			{"SLO-001", "its target"}, {"SLO-002", "its target, for every tenant"},
			{"RES-001", "recovered within the limit"}, {"RES-006", "an alert within the limit"}}},
		{"performance", "harness run EXPERIMENT with a disruptive tenant, or harness capacity", []evidence{
			{"LAT-001", noObjective}, {"ISO-001", "slowdown within the limit"}, {"CAP-", noObjective}}},
		{"data reliability", "harness run EXPERIMENT on a setup with a readable database", []evidence{
			{"DUR-001", "none lost"}, {"DUR-002", "none duplicated"}, {"DUR-003", "none done although refused"},
			{"DUR-005", "all invariants hold"}, {"DUR-007", "none stale"}, {"DUR-006", "all writes audited"}}},
		{"integration reliability", "harness run EXPERIMENT on a setup with a connector or scheduled jobs", []evidence{
			{"BKG-001", "all jobs done"}, {"BKG-002", noObjective}, {"BKG-003", noObjective}, {"BKG-004", noObjective}}},
		{"recovery readiness", "harness recovery EXPERIMENT", []evidence{
			{"REC-001", "made"}, {"REC-003", "restored, and all invariants hold"}, {"REC-004", "its RTO"}, {"REC-005", "its RPO"},
			{"REC-002", noObjective}}},
		{"change reliability", "harness change EXPERIMENT", []evidence{
			{"CHG-001", "completed"}, {"CHG-002", noObjective}, {"CHG-003", noObjective}}},
	}
}

// scorecards returns one page for each setup.
func scorecards(r *run.Run, j *Judgement) []Scorecard {
	var all []Scorecard
	for _, setup := range r.Setups {
		card := Scorecard{Setup: setup, Workflows: workflows(r, setup, j.Background)}
		for _, d := range domains() {
			card.Domains = append(card.Domains, d.score(setup, j.Findings))
		}
		card.Words = card.words(j.Verdict == finding.Invalid)
		all = append(all, card)
	}
	return all
}

// score collects the evidence of a domain.
func (d domain) score(setup string, findings []finding.Finding) ScoreDomain {
	out := ScoreDomain{Name: d.name, Verdict: finding.Info}
	worst, passed := -1, 0
	for _, e := range d.evidence {
		for _, f := range findings {
			family := strings.HasSuffix(e.id, "-") && strings.HasPrefix(f.ID, e.id)
			if f.ID != e.id && !family || f.Scope.Setup != setup {
				continue
			}
			out.Measures = append(out.Measures, measureOf(f, e.objective))
			if f.Verdict == finding.Pass {
				passed++
			}
			if severity := finding.Severity(f.Verdict); severity > worst {
				worst, out.Verdict = severity, f.Verdict
				if len(f.Because) > 0 {
					out.Words = f.Because[0]
				}
			}
		}
	}
	switch {
	case len(out.Measures) == 0:
		out.Verdict, out.Words, out.Missing = finding.Inconclusive, "Not measured.", d.missing
	case out.Verdict == finding.Info:
		out.Words = "Measured, without an objective."
	case out.Verdict == finding.Pass:
		out.Words = finding.Plural(passed, "objective") + " judged, all met."
	}
	return out
}

func measureOf(f finding.Finding, objective string) ScoreMeasure {
	m := ScoreMeasure{Name: f.Title, Objective: objective, Verdict: f.Verdict, Finding: f.ID, Remedy: f.Remedy,
		Figure: finding.None("", "", 0, "see the finding")}
	if f.Quantity != nil {
		m.Figure = *f.Quantity
	}
	if about := f.Scope.Within(); about != "" {
		m.Name += " (" + about + ")"
	}
	return m
}

// words sums up the domains in one sentence, and adds a warning when the run is invalid.
func (c Scorecard) words(invalid bool) string {
	groups := []struct {
		one, many string // what one domain does, and what several do
		names     []string
	}{{one: "fails", many: "fail"}, {one: "is inconclusive", many: "are inconclusive"}, {one: "holds", many: "hold"},
		{one: "has no objective", many: "have no objective"}, {one: "was not measured", many: "were not measured"}}
	const failed, open, held, unjudged, unmeasured = 0, 1, 2, 3, 4
	for _, d := range c.Domains {
		at := held
		switch {
		case d.Missing != "":
			at = unmeasured
		case d.Verdict == finding.Fail || d.Verdict == finding.Invalid:
			at = failed
		case d.Verdict == finding.Inconclusive:
			at = open
		case d.Verdict == finding.Info:
			at = unjudged
		}
		groups[at].names = append(groups[at].names, d.Name)
	}
	var parts []string
	for _, g := range groups {
		switch n := len(g.names); n {
		case 0:
		case 1:
			parts = append(parts, g.names[0]+" "+g.one)
		default:
			parts = append(parts, fmt.Sprintf("%s and %s %s", strings.Join(g.names[:n-1], ", "), g.names[n-1], g.many))
		}
	}
	text := strings.Join(parts, "; ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if invalid {
		text += " The measurement itself is broken: read the figures with the findings on validity."
	}
	return text
}
