package synthetic

import (
	"iter"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Drilled judges a calm plant of one trial a setup, whose trials were changed and
// whose background work is given.
func Drilled(jobs []results.Job, change func(*results.Trial)) *analyzer.Judgement {
	p := Calm(5)
	p.Replicates, p.Outage, p.Setups = 1, false, []string{"one"}
	p.Mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) { change(t) }
	recorded := &results.Run{Manifest: p.Manifest()}
	var all []run.Source
	for _, r := range p.Trials() {
		recorded.Trials = append(recorded.Trials, &r.TrialData)
		s := run.Source{TrialData: &r.TrialData, Samples: Columns(r.Samples), Writes: Rows(r.Writes)}
		if jobs != nil {
			s.Jobs = iter.Seq2[results.Job, error](Rows(jobs))
		}
		all = append(all, s)
	}
	return analyzer.Judge(recorded, all, analyzer.Options{})
}

// DrillStep is one step of a drill.
func DrillStep(name string, from, to float64, err string) results.DrillStep {
	end := At(to)
	return results.DrillStep{Name: name, Target: "one/postgres", From: At(from), To: &end, Err: err}
}

// Restore is a recovery drill whose data were lost at 25 s and back at 32 s.
func Restore(rpo, rto float64) results.Drill {
	return results.Drill{Kind: results.DrillRecovery, Name: "recovery", Strategy: "lab", Bytes: 5e7, RPOGoal: &rpo, RTOGoal: &rto,
		Steps: []results.DrillStep{DrillStep("backup", 10, 14, ""), DrillStep("break", 25, 26, ""), DrillStep("restore", 26, 30, ""),
			DrillStep("start", 30, 32, "")}}
}
