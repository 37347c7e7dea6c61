package analyzer

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/results"
)

// drilled judges a calm plant of one trial a setup, whose trials were changed and
// whose background work is given.
func drilled(jobs []results.Job, change func(*results.Trial)) *Judgement {
	p := calmPlant(5)
	p.replicates, p.outage, p.setups = 1, false, []string{"one"}
	p.mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) { change(t) }
	run := &results.Run{Manifest: p.manifest()}
	var all []source
	for _, r := range p.trials() {
		run.Trials = append(run.Trials, &r.TrialData)
		s := source{TrialData: &r.TrialData, samples: columns(r.samples), writes: rows(r.writes)}
		if jobs != nil {
			s.jobs = iter.Seq2[results.Job, error](rows(jobs))
		}
		all = append(all, s)
	}
	return judge(run, all, Options{})
}

func step(name string, from, to float64, err string) results.DrillStep {
	end := off(to)
	return results.DrillStep{Name: name, Target: "one/postgres", From: off(from), To: &end, Err: err}
}

func verdictOf(j *Judgement, id string) Verdict {
	for _, f := range j.Findings {
		if f.ID == id {
			return f.Verdict
		}
	}
	return "absent"
}

func domainOf(t *testing.T, j *Judgement, name string) ScoreDomain {
	t.Helper()
	return named(t, j.Scorecards[0].Domains, name, func(d ScoreDomain) string { return d.Name })
}

func workflowOf(t *testing.T, j *Judgement, name string) ScoreMeasure {
	t.Helper()
	return named(t, j.Scorecards[0].Workflows, name, func(w ScoreMeasure) string { return w.Name })
}

// named is the one entry of a scorecard that has the name.
func named[T any](t *testing.T, all []T, name string, nameOf func(T) string) T {
	t.Helper()
	i := slices.IndexFunc(all, func(entry T) bool { return nameOf(entry) == name })
	if i < 0 {
		t.Fatalf("the scorecard has no %s", name)
	}
	return all[i]
}

// restore is a recovery drill whose data were lost at 25 s and back at 32 s.
func restore(rpo, rto float64) results.Drill {
	return results.Drill{Kind: results.DrillRecovery, Name: "recovery", Strategy: "lab", Bytes: 5e7, RPOGoal: &rpo, RTOGoal: &rto,
		Steps: []results.DrillStep{step("backup", 10, 14, ""), step("break", 25, 26, ""), step("restore", 26, 30, ""),
			step("start", 30, 32, "")}}
}

func TestRecoveryDrill(t *testing.T) {
	lost := func(trial *results.Trial, drill results.Drill) {
		trial.Drills = []results.Drill{drill}
		rpo := 4.5
		trial.Audit = &results.Audit{Method: "sql", RPO: &rpo,
			Operations: []results.AuditOp{{Tenant: "t1", Op: "order", Attempted: 100, Acknowledged: 100, Lost: 7}},
			Losses:     []results.Loss{{Fault: "recovery", At: off(25), Lost: 7, RPO: 4.5, Near: 40}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "stock-conserved", Held: true}}}
	}
	good := drilled(nil, func(trial *results.Trial) { lost(trial, restore(5, 60)) })
	for id, want := range map[string]Verdict{"REC-001": Pass, "REC-003": Pass, "REC-004": Pass, "REC-005": Pass,
		"DUR-001": Info} { // lost within the RPO that was promised: judged once
		if got := verdictOf(good, id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	row := good.Drills[0]
	if row.Lost != 7 || row.RPO.Value != 4.5 || row.Took.Value != 22 {
		t.Errorf("lost %d, RPO %v, took %v; want 7, 4.5, 22", row.Lost, row.RPO.Value, row.Took.Value)
	}
	// The plant serves without a pause: the first write after the loss follows at once.
	if row.FirstGood.Missing || row.FirstGood.Value <= 0 || row.FirstGood.Value > 1 {
		t.Errorf("first good after %+v, want a part of a second", row.FirstGood)
	}
	if d := domainOf(t, good, "recovery readiness"); d.Verdict != Pass || d.Missing != "" {
		t.Errorf("recovery readiness: %+v", d)
	}
	if got := workflowOf(t, good, "order entry"); got.Verdict != Info || got.Finding != "REC-005" {
		t.Errorf("orders that the restore lost are judged by its RPO: %+v", got)
	}
	more := drilled(nil, func(trial *results.Trial) {
		lost(trial, restore(5, 60))
		trial.Audit.Operations[0].Lost++
	})
	if got := workflowOf(t, more, "order entry"); got.Verdict != Fail {
		t.Errorf("one more was lost than by the restore: %+v", got)
	}

	late := drilled(nil, func(trial *results.Trial) { lost(trial, restore(4, 60)) })
	if got := verdictOf(late, "REC-005"); got != Fail {
		t.Errorf("an RPO of 4.5 s against 4 s is %s, want fail", got)
	}

	damaged := drilled(nil, func(trial *results.Trial) {
		drill := restore(5, 60)
		drill.Err = "restore one/postgres: the backup does not verify"
		drill.Steps = drill.Steps[:3]
		drill.Steps[2].Err = "the backup does not verify"
		lost(trial, drill)
	})
	if got := verdictOf(damaged, "REC-003"); got != Fail {
		t.Errorf("a backup that cannot be restored is %s, want fail", got)
	}
	if d := domainOf(t, damaged, "recovery readiness"); d.Verdict != Fail || !strings.Contains(d.Words, "does not verify") {
		t.Errorf("recovery readiness: %+v", d)
	}
}

func TestChangeDrill(t *testing.T) {
	j := drilled(nil, func(trial *results.Trial) {
		trial.Drills = []results.Drill{
			{Kind: results.DrillChange, Name: "rolling", Strategy: "rolling-restart", Steps: []results.DrillStep{step("restart", 20, 25, "")}},
			{Kind: results.DrillChange, Name: "bad", Strategy: "command", Err: "deploy: exit status 1", RolledBack: true,
				Steps: []results.DrillStep{step("deploy", 30, 31, "exit status 1"), step("rollback", 31, 33, "")}}}
	})
	if len(j.Drills) != 2 || j.Drills[0].Offered == 0 || j.Drills[0].Failed != 0 || j.Drills[0].Sessions != 0 {
		t.Fatalf("drills: %+v", j.Drills)
	}
	var verdicts []Verdict
	for _, f := range j.Findings {
		if f.ID == "CHG-001" {
			verdicts = append(verdicts, f.Verdict)
		}
	}
	if len(verdicts) != 2 || verdicts[0] != Pass || verdicts[1] != Fail {
		t.Errorf("CHG-001 is %v, want pass and fail", verdicts)
	}
	if back := j.Drills[1].Rollback; back.Missing || back.Value != 2 || !j.Drills[0].Rollback.Missing {
		t.Errorf("rolled back in %+v, want 2 s", back)
	}
	i := slices.IndexFunc(j.Findings, func(f Finding) bool { return f.ID == "CHG-003" })
	if i < 0 || j.Findings[i].Quantity == nil || j.Findings[i].Quantity.Value != 0.5 {
		t.Errorf("one change of two failed, CHG-003 is %+v", j.Findings)
	}
}

// A job is described in the window in which it was queued; one that is not done
// sorts last and fails the finding.
func TestBackground(t *testing.T) {
	var jobs []results.Job
	for i := range 20 {
		at := 10 + float64(i)
		jobs = append(jobs, results.Job{Tenant: "t1", Kind: "label", Queued: off(at), Pushed: off(at + 1), Done: off(at + 2), Tries: 1})
	}
	done := drilled(jobs, func(*results.Trial) {})
	if got := verdictOf(done, "BKG-001"); got != Pass {
		t.Errorf("all done is %s, want pass", got)
	}
	row := done.Background[0]
	if row.Tenant != Everyone || row.Queued != 20 || row.P50.Value != 2 || row.Longest.Value != 2 || row.Interactive.Missing {
		t.Errorf("background: %+v", row)
	}
	jobs = append(jobs, results.Job{Tenant: "t1", Kind: "label", Queued: off(20), Pushed: results.Never, Done: results.Never})
	open := drilled(jobs, func(*results.Trial) {})
	if got := verdictOf(open, "BKG-001"); got != Fail {
		t.Errorf("one that is not done is %s, want fail", got)
	}
	if got := open.Background[0]; got.Undone != 1 || !got.Drain.Censored {
		t.Errorf("background: %+v", got)
	}
	for _, w := range open.Scorecards[0].Workflows {
		if w.Name == "label" && w.Verdict != Fail {
			t.Errorf("the workflow label is %s, want fail", w.Verdict)
		}
	}
}

func TestStaleReads(t *testing.T) {
	reads := func(stale int) *Judgement {
		return drilled(nil, func(trial *results.Trial) {
			trial.Audit = &results.Audit{Method: "sql", Reads: []results.AuditRead{{Tenant: "t1", Op: "see", Reads: 50, Stale: stale}},
				Operations: []results.AuditOp{{Tenant: "t1", Op: "order", Attempted: 50, Acknowledged: 50}}}
		})
	}
	if got := verdictOf(reads(0), "DUR-007"); got != Pass {
		t.Errorf("no stale read is %s, want pass", got)
	}
	if got := verdictOf(reads(3), "DUR-007"); got != Fail {
		t.Errorf("three stale reads are %s, want fail", got)
	}
}

// A domain without evidence says so and names the command that gives it.
func TestScorecardSaysWhatWasNotMeasured(t *testing.T) {
	j := drilled(nil, func(*results.Trial) {})
	for name, command := range map[string]string{"recovery readiness": "harness recovery", "change reliability": "harness change",
		"integration reliability": "connector"} {
		d := domainOf(t, j, name)
		if d.Verdict != Inconclusive || !strings.Contains(d.Missing, command) || len(d.Measures) != 0 {
			t.Errorf("%s: %+v; want not measured, by %s", name, d, command)
		}
	}
	if d := domainOf(t, j, "data reliability"); d.Verdict != Pass || len(d.Measures) < 3 {
		t.Errorf("data reliability: %+v", d)
	}
	words := j.Scorecards[0].Words
	for _, want := range []string{"recovery readiness", "were not measured", "hold"} {
		if !strings.Contains(words, want) {
			t.Errorf("the sentence lacks %q: %s", want, words)
		}
	}
}
