package analyzer

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

func TestSoundRunPasses(t *testing.T) {
	j := calmPlant(1).judge()
	if j.Verdict != Pass {
		dump(t, j)
		t.Errorf("got verdict %s, want pass", j.Verdict)
	}
}

// Each planted defect is found by the finding that should find it, and by no other
// that decides.
func TestPlantedDefectsAreFound(t *testing.T) {
	t.Parallel()
	lost := func(change func(*results.AuditOp)) func(*plant) {
		return func(p *plant) {
			audit := *p.audit
			audit.Operations = slices.Clone(audit.Operations)
			change(&audit.Operations[0])
			p.audit = &audit
		}
	}
	trial := func(change func(*results.Trial, []results.Injection, *[]results.Sample)) func(*plant) {
		return func(p *plant) { p.mangle = change }
	}
	tests := []struct {
		name    string
		plant   func(*plant)
		verdict Verdict
		ids     []string // findings of that verdict, no others
	}{
		{"lost acknowledged write", lost(func(o *results.AuditOp) { o.Lost = 2; o.Examples = []string{"r1"} }), Fail,
			[]string{"DUR-001"}},
		{"done twice", lost(func(o *results.AuditOp) { o.Duplicated = 1 }), Fail, []string{"DUR-002"}},
		{"refused yet done", lost(func(o *results.AuditOp) { o.Unexpected = 1 }), Fail, []string{"DUR-003"}},
		{"lost acknowledgements alone", lost(func(o *results.AuditOp) { o.LostAck = 7 }), Pass, nil},
		{"over-reservation", func(p *plant) {
			p.audit = &results.Audit{Operations: p.audit.Operations, Invariants: []results.Invariant{{Tenant: "t1",
				Name: "reserved-within-stock", Broken: 3}}}
		}, Fail, []string{"DUR-005"}},
		{"audit failed", func(p *plant) { p.audit = &results.Audit{Err: "no route"} }, Inconclusive, []string{"DUR-006"}},
		{"no audit", func(p *plant) { p.audit = nil }, Inconclusive, []string{"DUR-006"}},
		{"neighbour starves the shared pool", func(p *plant) {
			p.outage, p.workers, p.neighbour, p.objectives = false, 4, 100, nil
			p.setups = []string{"multi-tenant"}
		}, Fail, []string{"ISO-001"}},
		{"neighbour held off", func(p *plant) {
			p.outage, p.workers, p.neighbour = false, 16, 60
			p.setups = []string{"dedicated"}
		}, Pass, nil},
		{"objective missed", func(p *plant) { p.objectives[0].Threshold = 0.05 }, Fail, []string{"SLO-001", "SLO-002"}},
		{"slow return", func(p *plant) {
			p.slowBack = 36
			p.seconds = 120
			p.objectives = nil
		}, Fail, []string{"RES-001"}},
		{"does not return", func(p *plant) { p.slowBack = 500; p.seconds = 90; p.objectives = nil }, Fail, []string{"RES-001"}},
		{"not seen to return", func(p *plant) { p.slowBack = 500; p.objectives = nil }, Inconclusive, []string{"RES-001"}},
		{"fault never in effect", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].InEffect = nil
		}), Invalid, []string{"VAL-003"}},
		{"fault never injected", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].Fault = "other"
		}), Invalid, []string{"VAL-003"}},
		{"fault never gone", trial(func(_ *results.Trial, in []results.Injection,
			_ *[]results.Sample) {
			in[0].Recovered = nil
		}), Invalid, []string{"VAL-004"}},
		{"generator busy", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.CPUSeconds = 110
		}), Invalid, []string{"VAL-002"}},
		{"generator late", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Generator.LateP50 = 0.02
		}), Invalid, []string{"VAL-002"}},
		{"arrivals missing", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.Load[0].Planned *= 2
		}), Invalid, []string{"VAL-001"}},
		{"could not run", trial(func(t *results.Trial, _ []results.Injection,
			_ *[]results.Sample) {
			t.State = results.TrialFailed
		}), Invalid, []string{"VAL-005"}},
		{"killed", trial(func(t *results.Trial, in []results.Injection, s *[]results.Sample) {
			t.State = results.TrialRunning
			in[0].Removing, in[0].Removed, in[0].Recovered = nil, nil, nil
			*s = slices.DeleteFunc(*s, func(s results.Sample) bool { return s.Ended > off(43) })
			t.Load = nil
		}), Inconclusive, []string{"RES-001", "VAL-004", "VAL-005"}},
		{"script throws", trial(func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
			for i := range *s {
				if i%20 < 2 {
					(*s)[i].Outcome = results.ScriptError
				}
			}
		}), Invalid, []string{"VAL-009"}},
		{"queue grows while calm", func(p *plant) {
			p.workers, p.rate, p.outage, p.setups, p.objectives = 1, 11, false, []string{"multi-tenant"}, nil
		}, Inconclusive, []string{"VAL-008"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := calmPlant(7)
			p.objectives = slices.Clone(p.objectives)
			test.plant(&p)
			j := p.judge()
			var got []string
			for _, f := range j.Findings {
				if Decides(f.ID) && rank(f.Verdict) >= rank(Inconclusive) {
					got = appendNew(got, f.ID)
				}
			}
			slices.Sort(got)
			if j.Verdict != test.verdict || !slices.Equal(got, test.ids) {
				t.Errorf("got %s by %v, want %s by %v", j.Verdict, got, test.verdict, test.ids)
				dump(t, j)
			}
			sound(t, j)
		})
	}
}

// sound holds a judgement to what every judgement must keep: it can be written as
// JSON, every finding says why, every interval holds its value, no figure is
// infinite.
func sound(t testing.TB, j *Judgement) {
	t.Helper()
	data, err := json.Marshal(j)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	if j.Reason == "" {
		t.Error("no reason")
	}
	known := map[string]bool{}
	for _, e := range Catalogue() {
		known[e.ID] = true
	}
	for _, f := range j.Findings {
		if !known[f.ID] || f.Title == "" || len(f.Because) == 0 || f.Verdict == "" {
			t.Errorf("finding %+v: unknown, or without title, verdict or because", f)
		}
		for _, q := range []*Quantity{f.Quantity, f.Baseline} {
			if q != nil {
				soundQuantity(t, f.ID, *q)
			}
		}
	}
	for _, r := range j.Windows {
		for _, p := range []Percentiles{r.Latency, r.Service} {
			for _, q := range []Quantity{p.P50, p.P90, p.P95, p.P99} {
				soundQuantity(t, r.Window+" "+r.Journey, q)
			}
		}
		n := 0
		for _, c := range r.Outcomes {
			n += c
		}
		if n != r.Offered || r.Good > r.Offered {
			t.Errorf("window %s %s: %d outcomes and %d good of %d offered", r.Window, r.Journey, n, r.Good, r.Offered)
		}
	}
	for _, r := range j.Isolation {
		for _, q := range []Quantity{r.Base, r.Disrupt, r.Slowdown, r.IQoS, r.Errors} {
			soundQuantity(t, "isolation "+r.Tenant, q)
		}
	}
	for _, r := range j.Compared {
		for _, q := range []Quantity{r.ValueA, r.ValueB, r.Ratio} {
			soundQuantity(t, r.Words, q)
		}
	}
	for _, r := range j.Objectives {
		for _, q := range []Quantity{r.Achieved, r.Budget, r.Burn} {
			soundQuantity(t, r.Objective.Name, q)
		}
	}
}

func soundQuantity(t testing.TB, where string, q Quantity) {
	t.Helper()
	switch {
	case q.Missing && len(q.Warnings) == 0:
		t.Errorf("%s: missing without a reason: %+v", where, q)
	case q.Missing && q.Value != 0:
		t.Errorf("%s: missing with a value: %+v", where, q)
	case math.IsNaN(q.Value) || math.IsInf(q.Value, 0):
		t.Errorf("%s: no number: %+v", where, q)
	case q.Lo != nil && *q.Lo > q.Value+1e-9, q.Hi != nil && *q.Hi < q.Value-1e-9:
		t.Errorf("%s: value %g outside its interval [%v, %v]", where, q.Value, deref(q.Lo), deref(q.Hi))
	}
}

func deref(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// A run on disk gives the same judgement as the rows it was written from.
func TestRunOnDisk(t *testing.T) {
	t.Parallel()
	p := calmPlant(2)
	got, err := Analyze(p.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := p.judge()
	if diff := cmp.Diff(want.Findings, got.Findings); diff != "" {
		t.Errorf("findings differ (-memory +disk):\n%s", diff)
	}
	if diff := cmp.Diff(want.Windows, got.Windows); diff != "" {
		t.Errorf("windows differ (-memory +disk):\n%s", diff)
	}
}
