package drill_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

func TestRecoveryDrill(t *testing.T) {
	lost := func(trial *results.Trial, drill results.Drill) {
		trial.Drills = []results.Drill{drill}
		rpo := 4.5
		trial.Audit = &results.Audit{Method: "sql", RPO: &rpo,
			Operations: []results.AuditOp{{Tenant: "t1", Op: "order", Attempted: 100, Acknowledged: 100, Lost: 7}},
			Losses:     []results.Loss{{Fault: "recovery", At: synthetic.At(25), Lost: 7, RPO: 4.5, Near: 40}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "stock-conserved", Held: true}}}
	}
	good := synthetic.Drilled(nil, func(trial *results.Trial) { lost(trial, synthetic.Restore(5, 60)) })
	for id, want := range map[string]finding.Verdict{"REC-001": finding.Pass, "REC-003": finding.Pass, "REC-004": finding.Pass, "REC-005": finding.Pass,
		"DUR-001": finding.Info} { // lost within the objective for the RPO: judged once
		if got := synthetic.Verdict(good, id); got != want {
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
	if d := synthetic.Domain(t, good, "recovery readiness"); d.Verdict != finding.Pass || d.Missing != "" {
		t.Errorf("recovery readiness: %+v", d)
	}
	if got := synthetic.Workflow(t, good, "order entry"); got.Verdict != finding.Info || got.Finding != "REC-005" {
		t.Errorf("orders that the restore lost are judged by its RPO: %+v", got)
	}
	more := synthetic.Drilled(nil, func(trial *results.Trial) {
		lost(trial, synthetic.Restore(5, 60))
		trial.Audit.Operations[0].Lost++
	})
	if got := synthetic.Workflow(t, more, "order entry"); got.Verdict != finding.Fail {
		t.Errorf("one more was lost than by the restore: %+v", got)
	}

	late := synthetic.Drilled(nil, func(trial *results.Trial) { lost(trial, synthetic.Restore(4, 60)) })
	if got := synthetic.Verdict(late, "REC-005"); got != finding.Fail {
		t.Errorf("an RPO of 4.5 s against 4 s is %s, want fail", got)
	}

	damaged := synthetic.Drilled(nil, func(trial *results.Trial) {
		drill := synthetic.Restore(5, 60)
		drill.Err = "restore one/postgres: the backup does not verify"
		drill.Steps = drill.Steps[:3]
		drill.Steps[2].Err = "the backup does not verify"
		lost(trial, drill)
	})
	if got := synthetic.Verdict(damaged, "REC-003"); got != finding.Fail {
		t.Errorf("a backup that cannot be restored is %s, want fail", got)
	}
	if d := synthetic.Domain(t, damaged, "recovery readiness"); d.Verdict != finding.Fail || !strings.Contains(d.Words, "does not verify") {
		t.Errorf("recovery readiness: %+v", d)
	}
}

func TestChangeDrill(t *testing.T) {
	j := synthetic.Drilled(nil, func(trial *results.Trial) {
		trial.Drills = []results.Drill{
			{Kind: results.DrillChange, Name: "rolling", Strategy: "rolling-restart", Steps: []results.DrillStep{synthetic.DrillStep("restart", 20, 25, "")}},
			{Kind: results.DrillChange, Name: "bad", Strategy: "command", Err: "deploy: exit status 1", RolledBack: true,
				Steps: []results.DrillStep{synthetic.DrillStep("deploy", 30, 31, "exit status 1"), synthetic.DrillStep("rollback", 31, 33, "")}}}
	})
	if len(j.Drills) != 2 || j.Drills[0].Offered == 0 || j.Drills[0].Failed != 0 || j.Drills[0].Sessions != 0 {
		t.Fatalf("drills: %+v", j.Drills)
	}
	var verdicts []finding.Verdict
	for _, f := range j.Findings {
		if f.ID == "CHG-001" {
			verdicts = append(verdicts, f.Verdict)
		}
	}
	if len(verdicts) != 2 || verdicts[0] != finding.Pass || verdicts[1] != finding.Fail {
		t.Errorf("CHG-001 is %v, want pass and fail", verdicts)
	}
	if back := j.Drills[1].Rollback; back.Missing || back.Value != 2 || !j.Drills[0].Rollback.Missing {
		t.Errorf("rolled back in %+v, want 2 s", back)
	}
	i := slices.IndexFunc(j.Findings, func(f finding.Finding) bool { return f.ID == "CHG-003" })
	if i < 0 || j.Findings[i].Quantity == nil || j.Findings[i].Quantity.Value != 0.5 {
		t.Errorf("one change of two failed, CHG-003 is %+v", j.Findings)
	}
}
