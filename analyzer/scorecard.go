package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/durability"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// domain is one of the six with the findings that are evidence for it.
type domain struct {
	name    string
	missing string            // what measures it, when nothing did
	of      map[string]string // finding, or family of findings -> objective, as a person would say it
	order   []string
}

// domains are the six of a reliability framework for logistics platforms.
func domains() []domain {
	of := func(name, missing string, pairs ...string) domain {
		d := domain{name: name, missing: missing, of: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			d.of[pairs[i]] = pairs[i+1]
			d.order = append(d.order, pairs[i])
		}
		return d
	}
	return []domain{
		of("availability", "harness run EXPERIMENT with objectives: or faults:",
			"SLO-001", "its target", "SLO-002", "its target, for every tenant", "RES-001", "back within the promised time",
			"RES-006", "an alert within the promised time"),
		of("performance", "harness run EXPERIMENT with a disruptive tenant, or harness capacity",
			"LAT-001", "none stated", "ISO-001", "no slower than promised", "CAP-", "none stated"),
		of("data reliability", "harness run EXPERIMENT on a setup whose database may be read",
			"DUR-001", "none lost", "DUR-002", "none doubled", "DUR-003", "none done though refused", "DUR-005", "all laws hold",
			"DUR-007", "none stale", "DUR-006", "writes are read back"),
		of("integration reliability", "harness run EXPERIMENT on a setup with a connector or scheduled jobs",
			"BKG-001", "all jobs done", "BKG-002", "none stated", "BKG-003", "none stated", "BKG-004", "none stated"),
		of("recovery readiness", "harness recovery EXPERIMENT",
			"REC-001", "made", "REC-003", "restores, and the books add up", "REC-004", "its RTO",
			"REC-005", "its RPO", "REC-002", "none stated"),
		of("change reliability", "harness change EXPERIMENT",
			"CHG-001", "completed", "CHG-002", "none stated", "CHG-003", "none stated"),
	}
}

// scorecards puts each setup on one page. It judges nothing anew: every measure is a
// finding, and a domain is as good as its worst.
func scorecards(r *run.Run, j *Judgement) []Scorecard {
	var all []Scorecard
	for _, setup := range r.Setups {
		card := Scorecard{Setup: setup, Workflows: workflows(r, setup, j.Background)}
		for _, dom := range domains() {
			card.Domains = append(card.Domains, dom.score(setup, j.Findings))
		}
		card.Words = card.words(j.Verdict == finding.Invalid)
		all = append(all, card)
	}
	return all
}

// score gathers the evidence of one domain.
func (d domain) score(setup string, findings []finding.Finding) ScoreDomain {
	out := ScoreDomain{Name: d.name, Verdict: finding.Info}
	worst := -1
	for _, id := range d.order {
		for _, f := range findings {
			family := strings.HasSuffix(id, "-") && strings.HasPrefix(f.ID, id)
			if f.ID != id && !family || f.Scope.Setup != setup {
				continue
			}
			m := ScoreMeasure{Name: f.Title, Objective: d.of[id], Verdict: f.Verdict, Finding: f.ID, Remedy: f.Remedy,
				Figure: finding.None("", "", 0, "see the finding")}
			if f.Quantity != nil {
				m.Figure = *f.Quantity
			}
			if about := f.Scope.Within(); about != "" {
				m.Name += " (" + about + ")"
			}
			out.Measures = append(out.Measures, m)
			if r := finding.Severity(f.Verdict); r > worst {
				worst, out.Verdict = r, f.Verdict
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
		out.Words = "Measured, but held to no objective."
	case out.Verdict == finding.Pass && d.judged(out.Measures) == 1:
		out.Words = "The one promise that was judged is kept."
	case out.Verdict == finding.Pass:
		out.Words = fmt.Sprintf("All of %d promises that were judged are kept.", d.judged(out.Measures))
	}
	return out
}

func (d domain) judged(measures []ScoreMeasure) int {
	n := 0
	for _, m := range measures {
		if m.Verdict == finding.Pass {
			n++
		}
	}
	return n
}

// words is the sentence for who reads one.
func (c Scorecard) words(invalid bool) string {
	var kept, failed, open, unjudged, unmeasured []string
	for _, d := range c.Domains {
		switch {
		case d.Missing != "":
			unmeasured = append(unmeasured, d.Name)
		case d.Verdict == finding.Fail || d.Verdict == finding.Invalid:
			failed = append(failed, d.Name)
		case d.Verdict == finding.Inconclusive:
			open = append(open, d.Name)
		case d.Verdict == finding.Info:
			unjudged = append(unjudged, d.Name)
		default:
			kept = append(kept, d.Name)
		}
	}
	var parts []string
	for _, p := range []struct {
		of   []string
		what string
	}{{failed, "fails"}, {open, "cannot be decided"}, {kept, "holds"}, {unjudged, "was held to no objective"},
		{unmeasured, "was not measured"}} {
		if len(p.of) == 1 {
			parts = append(parts, p.of[0]+" "+p.what)
		} else if len(p.of) > 1 {
			plural := map[string]string{"fails": "fail", "holds": "hold", "was not measured": "were not measured",
				"was held to no objective": "were held to no objective"}
			what := p.what
			if w, ok := plural[what]; ok {
				what = w
			}
			parts = append(parts, strings.Join(p.of[:len(p.of)-1], ", ")+" and "+p.of[len(p.of)-1]+" "+what)
		}
	}
	text := strings.Join(parts, "; ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if invalid {
		text += " The measurement itself is broken: read the figures with the findings on validity."
	}
	return text
}

// workflow is a business process with the steps, operations and jobs that it is made of.
type workflow struct {
	name  string
	steps []string
	job   string
}

func businessWorkflows() []workflow {
	return []workflow{
		{"order entry", []string{"order", "confirm"}, ""}, {"picking", []string{"reserve", "scan"}, ""},
		{"shipment confirmation", []string{"ship"}, ""}, {"label", nil, "label"}, {"EDI import", []string{"import"}, ""},
		{"invoicing", []string{"invoice", "post", "pay"}, ""}, {"receiving", []string{"purchase", "receive"}, ""},
		{"tracking", []string{"track"}, ""},
	}
}

// workflows are the business's own rows: how much of it succeeded, and what the audit
// says of its writes.
func workflows(r *run.Run, setup string, jobs []background.Row) []ScoreMeasure {
	var all []ScoreMeasure
	for _, w := range businessWorkflows() {
		if w.job != "" {
			all = append(all, jobWorkflow(setup, w, jobs))
			continue
		}
		m := ScoreMeasure{Name: w.name, Objective: "none lost, none doubled", Verdict: finding.Info,
			Figure: finding.None("share", "", 0, "no step of it was done")}
		count, good := stepsOf(r, setup, w.steps)
		if count > 0 {
			m.Figure = finding.ShareOf(good, count, "steps that Odoo did or rightly refused, of all after the warm-up, Wilson interval",
				r.Options.Level)
			wrong, checked, restored := wrongWrites(r, setup, w.steps)
			switch {
			case wrong > 0:
				m.Verdict, m.Finding = finding.Fail, "DUR-001, DUR-002"
			case restored > 0:
				m.Objective, m.Finding = "its RPO: some were lost by the restore", "REC-005"
			case checked > 0:
				m.Verdict, m.Finding = finding.Pass, "DUR-001, DUR-002"
			default:
				m.Objective = "none stated"
			}
		}
		all = append(all, m)
	}
	return all
}

func jobWorkflow(setup string, w workflow, jobs []background.Row) ScoreMeasure {
	m := ScoreMeasure{Name: w.name, Objective: "all done", Verdict: finding.Info, Finding: "BKG-001",
		Figure: finding.None("share", "", 0, "no job of it was queued")}
	queued, open := 0, 0
	for _, r := range jobs {
		if r.Setup == setup && r.Tenant == finding.Everyone && r.Job == w.job {
			queued += r.Queued
			open += r.Undone + r.Failed
		}
	}
	if queued > 0 {
		m.Figure = finding.ShareOf(queued-open, queued, "jobs done of those queued, Wilson interval", 0.95)
		m.Verdict = finding.Pass
		if open > 0 {
			m.Verdict = finding.Fail
		}
	}
	return m
}

// stepsOf counts steps of abiding tenants after the warm-up.
func stepsOf(r *run.Run, setup string, names []string) (count, good int) {
	for _, t := range r.TrialsOf(setup) {
		for i := range t.Steps {
			rec := &t.Steps[i]
			if rec.Window < 0 || t.Windows[rec.Window].Kind == results.WindowWarmup || !r.Abiding[rec.Tenant] ||
				!slices.Contains(names, r.Steps.List[rec.Step]) {
				continue
			}
			count++
			if rec.Served {
				good++
			}
		}
	}
	return count, good
}

// wrongWrites counts writes that were lost or doubled, and those that were looked for.
// What recovery drills lost is apart: REC-005 judges it.
func wrongWrites(r *run.Run, setup string, ops []string) (wrong, checked, restored int) {
	for _, t := range r.TrialsOf(setup) {
		if t.Audit == nil || t.Audit.Err != "" {
			continue
		}
		all, lost := 0, 0 // of the trial, and of these operations
		for _, op := range t.Audit.Operations {
			all += op.Lost
			if slices.Contains(ops, string(op.Op)) {
				lost += op.Lost
				wrong += op.Duplicated
				checked += op.Attempted
			}
		}
		if drills := durability.LostToDrills(t); drills > 0 && all <= drills {
			restored += lost
		} else {
			wrong += lost
		}
	}
	return wrong, checked, restored
}
