package campaign

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

// sound is a judgement of one run: shipping served 97 % of 1,000 within its interval, and the
// fault was over after 4 s.
func sound() *analyzer.Judgement {
	inEffect := results.Offset(1)
	setup := finding.Scope{Setup: "shared"}
	share := finding.Number(0.97, "share", "by hand", 1000).Bounded(0.96, 0.98, 0.95)
	slo := finding.New("SLO-001", finding.Pass, setup, "97 % of 1,000 events served.")
	slo.Title += " cell-shipping"
	return &analyzer.Judgement{
		Verdict: finding.Pass,
		Recoveries: []fault.Row{
			{Setup: "shared", Trial: "01-shared", Injection: results.Injection{Fault: "redis-down", InEffect: &inEffect}},
		},
		Objectives: []objective.Row{
			{Setup: "shared", Tenant: finding.Everyone, Objective: results.Objective{Name: "cell-shipping"}, Achieved: share,
				Verdict: finding.Pass},
			{Setup: "shared", Tenant: "t1", Objective: results.Objective{Name: "cell-shipping"}, Achieved: share,
				Verdict: finding.Pass},
		},
		Findings: []finding.Finding{slo,
			finding.New("RES-001", finding.Pass, finding.Scope{Setup: "shared", Fault: "redis-down"},
				"01-shared: recovered after 4 s.").
				With(finding.Number(4, "s", "by hand", 1))},
	}
}

// The verdict of a cell is that of its worst measure. What shows no fault is invalid.
func TestJudge(t *testing.T) {
	const served, slow = "97 % of 1,000 events served.", "01-shared: recovered after 4 s."
	type row struct {
		Verdict  finding.Verdict
		Measures []string // what, verdict
		Why      string
	}
	for name, c := range map[string]struct {
		change func(*analyzer.Judgement)
		want   row
	}{
		"kept": {func(*analyzer.Judgement) {}, row{finding.Pass, []string{"served pass", "recovery pass"}, served}},
		"share not decided": {func(j *analyzer.Judgement) { j.Objectives[0].Verdict = finding.Inconclusive },
			row{finding.Inconclusive, []string{"served inconclusive", "recovery pass"}, served}},
		"share too small": {func(j *analyzer.Judgement) { j.Objectives[0].Verdict = finding.Fail },
			row{finding.Fail, []string{"served fail", "recovery pass"}, served}},
		"one tenant below": {func(j *analyzer.Judgement) { j.Objectives[1].Verdict = finding.Fail },
			row{finding.Fail, []string{"served fail", "recovery pass"}, "Of t1, 97 % served, limit 95 %."}},
		"one tenant below, before the row of all": {func(j *analyzer.Judgement) {
			j.Objectives[1].Verdict = finding.Fail
			slices.Reverse(j.Objectives)
		}, row{finding.Fail, []string{"served fail", "recovery pass"}, "Of t1, 97 % served, limit 95 %."}},
		"one tenant and all below": {func(j *analyzer.Judgement) {
			j.Objectives[0].Verdict, j.Objectives[1].Verdict = finding.Fail, finding.Fail
			slices.Reverse(j.Objectives)
		}, row{finding.Fail, []string{"served fail", "recovery pass"}, served}},
		"recovery too slow": {func(j *analyzer.Judgement) { j.Findings[1].Verdict = finding.Fail },
			row{finding.Fail, []string{"served pass", "recovery fail"}, slow}},
		"recovery unknown": {func(j *analyzer.Judgement) { j.Findings = j.Findings[:1] },
			row{finding.Inconclusive, []string{"served pass", "recovery inconclusive"}, "No recovery was recorded."}},
		"journey not offered": {func(j *analyzer.Judgement) { j.Objectives = nil; j.Findings = j.Findings[1:] },
			row{finding.Inconclusive, []string{"served inconclusive", "recovery pass"}, "No arrival was recorded."}},
		"a lost write": {func(j *analyzer.Judgement) {
			j.Findings = append(j.Findings, finding.New("DUR-001", finding.Fail, finding.Scope{Setup: "shared"}, "1 write is lost."))
		}, row{finding.Fail, []string{"served pass", "recovery pass",
			"writes fail"}, "DUR-001 Acknowledged writes (shared): 1 write is lost."}},
		"a write lost elsewhere": {func(j *analyzer.Judgement) {
			j.Findings = append(j.Findings, finding.New("DUR-001", finding.Fail, finding.Scope{Setup: "other"}, "1 write is lost."))
		}, row{finding.Pass, []string{"served pass", "recovery pass"}, served}},
		"halted": {func(j *analyzer.Judgement) {
			j.Findings = append(j.Findings, finding.New("VAL-005", finding.Inconclusive, finding.Scope{}, "It was halted."))
		}, row{finding.Inconclusive, []string{"served pass", "recovery pass"}, "VAL-005 Completion of the trial: It was halted."}},
		"invalid": {func(j *analyzer.Judgement) { j.Verdict, j.Reason = finding.Invalid, "The generator was late." },
			row{finding.Invalid, nil, "The generator was late."}},
		"fault not in effect": {func(j *analyzer.Judgement) { j.Recoveries[0].Injection.InEffect = nil },
			row{finding.Invalid, nil, "The fault was not shown in effect in 01-shared."}},
		"another fault": {func(j *analyzer.Judgement) { j.Recoveries[0].Injection.Fault = "ingress-down" },
			row{finding.Invalid, nil, "The fault was not injected."}},
	} {
		j := sound()
		c.change(j)
		o := judge(j, "redis-down", "shared", Wanted{"shipping", Expect{Served: 0.95, Within: 3, Recovery: 10}})
		got := row{Verdict: o.Verdict, Why: o.Why}
		for _, m := range o.Measures {
			got.Measures = append(got.Measures, m.What+" "+string(m.Verdict))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The share of a halted trial cannot be compared with that of a whole one.
func TestJudgeOdds(t *testing.T) {
	j := sound()
	scope := finding.Scope{Setup: "shared", Tenant: finding.Everyone}
	j.Primary = []finding.Primary{
		{ID: "SLO-001", Scope: scope, Objective: "cell-orders", Estimate: moderated.Estimate{Log: 1, N: 1}},
		{ID: "SLO-001", Scope: finding.Scope{Setup: "other"}, Objective: "cell-shipping", Estimate: moderated.Estimate{Log: 2, N: 1}},
		{ID: "SLO-001", Scope: scope, Objective: "cell-shipping", Estimate: moderated.Estimate{Log: 3, N: 1}},
	}
	w := Wanted{"shipping", Expect{Served: 0.95}}
	if o := judge(j, "redis-down", "shared", w); o.Odds == nil || o.Odds.Estimate.Log != 3 {
		t.Errorf("%+v", o.Odds)
	}
	j.Findings = append(j.Findings, finding.New("VAL-005", finding.Inconclusive, finding.Scope{}, "It was halted."))
	if o := judge(j, "redis-down", "shared", w); o.Odds != nil {
		t.Errorf("halted: %+v", o.Odds)
	}
}

// The expectations replace the objectives of the run, and the limit of the recovery.
func TestHeldTo(t *testing.T) {
	run := &results.Run{Manifest: results.Manifest{Objectives: []results.Objective{{Name: "dispatch"}},
		Promises: &results.Promises{Recovery: 30, Slowdown: 1.5}}}
	wanted := []Wanted{{"orders", Expect{Recovery: 5}}, {"shipping", Expect{Served: 0.9, Within: 2, Recovery: 5}}}
	held := heldTo(run, wanted, 5)
	want := []results.Objective{{Name: "cell-shipping", Journeys: []string{"shipping"}, Target: 0.9, Threshold: 2,
		Budgeting: "Occurrences"}}
	if diff := cmp.Diff(want, held.Manifest.Objectives); diff != "" {
		t.Errorf("objectives (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&results.Promises{Recovery: 5, Slowdown: 1.5}, held.Manifest.Promises); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	if run.Manifest.Objectives[0].Name != "dispatch" || run.Manifest.Promises.Recovery != 30 {
		t.Errorf("the run itself was changed: %+v", run.Manifest)
	}
}

// A recorded run is judged by the expectation of the cell, not by its own objectives.
func TestJudgeRecorded(t *testing.T) {
	run, err := results.Open("../../results/examples/embedded-first-look")
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := Judge(run, "redis-down", "multi-tenant", []Wanted{
		{"shipping", Expect{Served: 0.01, Recovery: 1000}}, {"orders", Expect{Served: 0.999999}}})
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].Measures[0].Verdict != finding.Pass || outcomes[0].Measures[1].What != Recovery {
		t.Errorf("with an easy expectation: %+v", outcomes[0])
	}
	// The odds that searches compare are those of the figure itself, each journey its own.
	for i, o := range outcomes {
		if share := o.Measures[0].Quantity.Value; o.Odds == nil || math.Abs(1/(1+math.Exp(-o.Odds.Estimate.Log))-share) > 0.01 {
			t.Errorf("journey %d: odds %+v of %g", i, o.Odds, share)
		}
	}
	if m := outcomes[1].Measures[0]; m.Verdict == finding.Pass || m.Quantity.N < 100 || m.Quantity.Lo == nil {
		t.Errorf("with a hard expectation: %+v", m)
	}
}
