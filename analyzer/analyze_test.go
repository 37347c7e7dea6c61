package analyzer_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

func TestSoundRunPasses(t *testing.T) {
	j := synthetic.Calm(1).Judge()
	if j.Verdict != finding.Pass {
		synthetic.Dump(t, j)
		t.Errorf("got verdict %s, want pass", j.Verdict)
	}
}

// Each planted defect is found by the finding that should find it, and by no other
// that decides.
func TestPlantedDefectsAreFound(t *testing.T) {
	t.Parallel()
	lost := func(change func(*results.AuditOp)) func(*synthetic.Plant) {
		return func(p *synthetic.Plant) {
			audit := *p.Audit
			audit.Operations = slices.Clone(audit.Operations)
			change(&audit.Operations[0])
			p.Audit = &audit
		}
	}
	trial := func(change func(*results.Trial, []results.Injection, *[]results.Sample)) func(*synthetic.Plant) {
		return func(p *synthetic.Plant) { p.Mangle = change }
	}
	tests := []struct {
		name    string
		plant   func(*synthetic.Plant)
		verdict finding.Verdict
		ids     []string // findings of that verdict, no others
	}{
		{"lost acknowledged write", lost(func(o *results.AuditOp) { o.Lost = 2; o.Examples = []string{"r1"} }), finding.Fail,
			[]string{"DUR-001"}},
		{"done twice", lost(func(o *results.AuditOp) { o.Duplicated = 1 }), finding.Fail, []string{"DUR-002"}},
		{"refused yet done", lost(func(o *results.AuditOp) { o.Unexpected = 1 }), finding.Fail, []string{"DUR-003"}},
		{"lost acknowledgements alone", lost(func(o *results.AuditOp) { o.LostAck = 7 }), finding.Pass, nil},
		{"over-reservation", func(p *synthetic.Plant) {
			p.Audit = &results.Audit{Operations: p.Audit.Operations, Invariants: []results.Invariant{{Tenant: "t1",
				Name: "reserved-within-stock", Broken: 3}}}
		}, finding.Fail, []string{"DUR-005"}},
		{"audit failed", func(p *synthetic.Plant) { p.Audit = &results.Audit{Err: "no route"} }, finding.Inconclusive, []string{"DUR-006"}},
		{"no audit", func(p *synthetic.Plant) { p.Audit = nil }, finding.Inconclusive, []string{"DUR-006"}},
		{"neighbour starves the shared pool", func(p *synthetic.Plant) {
			p.Outage, p.Workers, p.Neighbour, p.Objectives = false, 4, 100, nil
			p.Setups = []string{"multi-tenant"}
		}, finding.Fail, []string{"ISO-001"}},
		{"neighbour held off", func(p *synthetic.Plant) {
			p.Outage, p.Workers, p.Neighbour = false, 16, 60
			p.Setups = []string{"dedicated"}
		}, finding.Pass, nil},
		{"objective missed", func(p *synthetic.Plant) { p.Objectives[0].Threshold = 0.05 }, finding.Fail, []string{"SLO-001", "SLO-002"}},
		{"slow return", func(p *synthetic.Plant) {
			p.SlowBack = 36
			p.Seconds = 120
			p.Objectives = nil
		}, finding.Fail, []string{"RES-001"}},
		{"does not return", func(p *synthetic.Plant) { p.SlowBack = 500; p.Seconds = 90; p.Objectives = nil }, finding.Fail, []string{"RES-001"}},
		{"not seen to return", func(p *synthetic.Plant) { p.SlowBack = 500; p.Objectives = nil }, finding.Inconclusive, []string{"RES-001"}},
		{"fault never in effect", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].InEffect = nil
		}), finding.Invalid, []string{"VAL-003"}},
		{"fault never injected", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].Fault = "other"
		}), finding.Invalid, []string{"VAL-003"}},
		{"fault never gone", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].Recovered = nil
		}), finding.Invalid, []string{"VAL-004"}},
		{"generator busy", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.CPUSeconds = 110
		}), finding.Invalid, []string{"VAL-002"}},
		{"generator busy in its cgroup", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.CPULimit = t.Generator.CPUSeconds / t.Generator.Wall / 0.81
		}), finding.Invalid, []string{"VAL-002"}},
		{"generator throttled", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.Periods, t.Generator.Throttled = 400, 5
		}), finding.Invalid, []string{"VAL-002"}},
		{"k6 had too few virtual users", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Load[0].Missed = t.Load[0].Planned / 5
			t.Load[0].Planned += t.Load[0].Missed
		}), finding.Invalid, []string{"VAL-001"}},
		{"generator late", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.LateP50 = 0.02
		}), finding.Invalid, []string{"VAL-002"}},
		{"arrivals missing", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Load[0].Planned *= 2
		}), finding.Invalid, []string{"VAL-001"}},
		{"could not run", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.State = results.TrialFailed
		}), finding.Invalid, []string{"VAL-005"}},
		{"killed", trial(func(t *results.Trial, in []results.Injection, s *[]results.Sample) {
			t.State = results.TrialRunning
			in[0].Removing, in[0].Removed, in[0].Recovered = nil, nil, nil
			*s = slices.DeleteFunc(*s, func(s results.Sample) bool { return s.Ended > synthetic.At(43) })
			t.Load = nil
		}), finding.Inconclusive, []string{"RES-001", "VAL-004", "VAL-005"}},
		{"script throws", trial(func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
			for i := range *s {
				if i%20 < 2 {
					(*s)[i].Outcome = results.ScriptError
				}
			}
		}), finding.Invalid, []string{"VAL-009"}},
		{"queue grows while calm", func(p *synthetic.Plant) {
			p.Workers, p.Rate, p.Outage, p.Setups, p.Objectives = 1, 11, false, []string{"multi-tenant"}, nil
		}, finding.Inconclusive, []string{"VAL-008"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := synthetic.Calm(7)
			p.Objectives = slices.Clone(p.Objectives)
			test.plant(&p)
			j := p.Judge()
			var got []string
			for _, f := range j.Findings {
				if finding.Decides(f.ID) && finding.Severity(f.Verdict) >= finding.Severity(finding.Inconclusive) {
					got = run.AppendNew(got, f.ID)
				}
			}
			slices.Sort(got)
			if j.Verdict != test.verdict || !slices.Equal(got, test.ids) {
				t.Errorf("got %s by %v, want %s by %v", j.Verdict, got, test.verdict, test.ids)
				synthetic.Dump(t, j)
			}
			synthetic.Sound(t, j)
		})
	}
}

// A run on disk gives the same judgement as the rows it was written from.
func TestRunOnDisk(t *testing.T) {
	t.Parallel()
	p := synthetic.Calm(2)
	got, err := analyzer.Analyze(p.Write(t), analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := p.Judge()
	if diff := cmp.Diff(want.Findings, got.Findings); diff != "" {
		t.Errorf("findings differ (-memory +disk):\n%s", diff)
	}
	if diff := cmp.Diff(want.Windows, got.Windows); diff != "" {
		t.Errorf("windows differ (-memory +disk):\n%s", diff)
	}
}
