package analyzer

import (
	"slices"

	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/durability"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// workflow is a business process, with its steps or its kind of job. The operations of its
// writes have the names of its steps.
type workflow struct {
	name  string
	steps []string
	job   string
}

// businessWorkflows lists the workflows of a warehouse, in the order of an order.
func businessWorkflows() []workflow {
	return []workflow{
		{"order entry", []string{"order", "confirm"}, ""}, {"picking", []string{"reserve", "scan"}, ""},
		{"shipment confirmation", []string{"ship"}, ""}, {"label", nil, "label"}, {"EDI import", []string{"import"}, ""},
		{"invoicing", []string{"invoice", "post", "pay"}, ""}, {"receiving", []string{"purchase", "receive"}, ""},
		{"tracking", []string{"track"}, ""},
	}
}

// workflows returns how much of each workflow succeeded, and whether the audit found wrong
// writes in it.
func workflows(r *run.Run, setup string, jobs []background.Row) []ScoreMeasure {
	var all []ScoreMeasure
	for _, w := range businessWorkflows() {
		if w.job != "" {
			all = append(all, jobWorkflow(setup, w, jobs))
			continue
		}
		m := ScoreMeasure{Name: w.name, Objective: "none lost, none duplicated", Verdict: finding.Info,
			Figure: finding.None("share", "", 0, "no step was done")}
		count, good := stepsOf(r, setup, w.steps)
		if count > 0 {
			m.Figure = finding.ShareOf(good, count, "steps served, of all after the warm-up; Wilson interval",
				r.Options.Level)
			wrong, checked, restored := wrongWrites(r, setup, w.steps)
			switch {
			case wrong > 0:
				m.Verdict, m.Finding = finding.Fail, "DUR-001, DUR-002"
			case restored > 0:
				m.Objective, m.Finding = "its RPO: the restore lost some", "REC-005"
			case checked > 0:
				m.Verdict, m.Finding = finding.Pass, "DUR-001, DUR-002"
			default:
				m.Objective = noObjective
			}
		}
		all = append(all, m)
	}
	return all
}

// jobWorkflow is a workflow that runs as background jobs.
func jobWorkflow(setup string, w workflow, jobs []background.Row) ScoreMeasure {
	m := ScoreMeasure{Name: w.name, Objective: "all done", Verdict: finding.Info, Finding: "BKG-001",
		Figure: finding.None("share", "", 0, "no job was queued")}
	queued, open, cut := 0, 0, 0
	for _, r := range jobs {
		if r.Setup == setup && r.Tenant == finding.Everyone && r.Job == w.job {
			queued += r.Queued
			open += r.Undone + r.Failed
			cut += r.Cut
		}
	}
	if queued > 0 {
		m.Figure = finding.ShareOf(queued-open, queued, "jobs done of those queued; Wilson interval", 0.95)
		m.Verdict = finding.Pass
		switch {
		case open > cut:
			m.Verdict = finding.Fail
		case cut > 0:
			m.Verdict = finding.Inconclusive
		}
	}
	return m
}

// stepsOf counts the named steps of abiding tenants after the warm-up, and those served.
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

// wrongWrites counts the writes of some operations that were lost or duplicated, those that
// were checked, and those that a restore lost, which REC-005 judges.
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
