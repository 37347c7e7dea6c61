package validity_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Rows that are no measurements of their own make a run invalid, each with its count.
func TestUnsoundRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*[]results.Sample)
		want   string
	}{
		"the same journeys twice": {func(all *[]results.Sample) { *all = append(*all, (*all)[:20]...) }, "Journeys that are recorded more than once: 10."},
		"an end before the start": {func(all *[]results.Sample) { (*all)[0].Ended = (*all)[0].Started - 1 }, "Rows that end before they start: 1."},
	} {
		p := synthetic.Calm(3)
		p.Mangle = func(trial *results.Trial, _ []results.Injection, samples *[]results.Sample) {
			if trial.Name == "02-dedicated" {
				c.change(samples)
			}
		}
		f := synthetic.Finding(t, p.Judge(), "VAL-011")
		if f.Verdict != finding.Invalid || f.Scope.Trial != "02-dedicated" || len(f.Because) != 1 || f.Because[0] != c.want {
			t.Errorf("%s: %s %+v %q, want %q", name, f.Verdict, f.Scope, f.Because, c.want)
		}
	}
}

// A trial that is a copy of another, and one of the plan that is not there, are named.
func TestCopiesAndGaps(t *testing.T) {
	t.Parallel()
	recorded := synthetic.Calm(4).Write(t)
	trial := *recorded.Trials[1]
	trial.Name, trial.Position = "05-dedicated", 5
	recorded.Trials = append(recorded.Trials, &trial)
	recorded.Planned = []string{"01-multi-tenant", "02-dedicated", "03-multi-tenant", "04-dedicated", "05-dedicated", "06-multi-tenant"}
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := synthetic.Finding(t, j, "VAL-011")
	if f.Verdict != finding.Invalid || f.Scope.Trial != "05-dedicated" || !strings.Contains(f.Because[0], "the same as trial 02-dedicated") {
		t.Errorf("a copy: %s %+v %v", f.Verdict, f.Scope, f.Because)
	}
	missing := "The plan has 1 trial that the run does not have: 06-multi-tenant."
	for _, f := range j.Findings {
		if f.ID == "VAL-005" && f.Because[0] == missing && f.Verdict == finding.Inconclusive {
			return
		}
	}
	t.Errorf("no finding says %q", missing)
}

// A run that stopped by its own rule lacks nothing, and names its reason.
func TestStoppedEarly(t *testing.T) {
	t.Parallel()
	recorded := synthetic.Calm(4).Write(t)
	recorded.Manifest.Stopping = &results.Stopping{AtLeast: 1, AtMost: 5, Alpha: 0.05, Replicates: 2, Reason: "All primary questions are decided."}
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range j.Findings {
		if f.ID == "VAL-005" && f.Scope == (finding.Scope{}) {
			got = append(got, string(f.Verdict)+" "+f.Because[0])
		}
	}
	want := "info The run ended after 2 of at most 5 replicates: All primary questions are decided."
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q alone", got, want)
	}
}
