package synthetic

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
)

// Sound checks what holds for every judgement: it can be encoded as JSON, every finding has
// a reason, every interval contains its value, every figure is finite.
func Sound(t testing.TB, j *analyzer.Judgement) {
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
	for _, e := range finding.Catalogue() {
		known[e.ID] = true
	}
	for _, f := range j.Findings {
		if !known[f.ID] || f.Title == "" || len(f.Because) == 0 || f.Verdict == "" {
			t.Errorf("finding %+v: unknown, or without title, verdict or because", f)
		}
		for _, q := range []*finding.Quantity{f.Quantity, f.Baseline} {
			if q != nil {
				SoundQuantity(t, f.ID, *q)
			}
		}
	}
	for _, r := range j.Windows {
		for _, p := range []latency.Percentiles{r.Latency, r.Service} {
			for _, q := range []finding.Quantity{p.P50, p.P90, p.P95, p.P99} {
				SoundQuantity(t, r.Window+" "+r.Journey, q)
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
		for _, q := range []finding.Quantity{r.Base, r.Disrupt, r.Slowdown, r.IQoS, r.Errors} {
			SoundQuantity(t, "isolation "+r.Tenant, q)
		}
	}
	for _, r := range j.Compared {
		for _, q := range []finding.Quantity{r.ValueA, r.ValueB, r.Ratio} {
			SoundQuantity(t, r.Words, q)
		}
	}
	for _, r := range j.Objectives {
		for _, q := range []finding.Quantity{r.Achieved, r.Budget, r.Burn} {
			SoundQuantity(t, r.Objective.Name, q)
		}
	}
}

// SoundQuantity checks one figure: it is finite and within its interval, or missing with a
// reason.
func SoundQuantity(t testing.TB, where string, q finding.Quantity) {
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

// Contains reports whether a finding has some words, given as "ID words".
func Contains(j *analyzer.Judgement, text string) bool {
	id, words, _ := strings.Cut(text, " ")
	return slices.ContainsFunc(j.Findings, func(f finding.Finding) bool {
		return f.ID == id && strings.Contains(strings.Join(f.Because, " "), words)
	})
}

// Verdict returns the verdict of the first finding of a kind, "absent" without one.
func Verdict(j *analyzer.Judgement, id string) finding.Verdict {
	for _, f := range j.Findings {
		if f.ID == id {
			return f.Verdict
		}
	}
	return "absent"
}

// Domain returns a domain of a scorecard by its name.
func Domain(t *testing.T, j *analyzer.Judgement, name string) analyzer.ScoreDomain {
	t.Helper()
	return named(t, j.Scorecards[0].Domains, name, func(d analyzer.ScoreDomain) string { return d.Name })
}

// Workflow returns a workflow of a scorecard by its name.
func Workflow(t *testing.T, j *analyzer.Judgement, name string) analyzer.ScoreMeasure {
	t.Helper()
	return named(t, j.Scorecards[0].Workflows, name, func(w analyzer.ScoreMeasure) string { return w.Name })
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

// Finding returns the first finding of a kind.
func Finding(t *testing.T, j *analyzer.Judgement, id string) finding.Finding {
	t.Helper()
	i := slices.IndexFunc(j.Findings, func(f finding.Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("there is no %s", id)
	}
	return j.Findings[i]
}

// Dump logs the decisive findings, for a failing test to show.
func Dump(t testing.TB, j *analyzer.Judgement) {
	t.Helper()
	t.Logf("%s: %s", j.Verdict, j.Reason)
	for _, f := range j.Findings {
		t.Logf("%-12s %s %s (%s) %v", f.Verdict, f.ID, f.Title, f.Scope.Words(), f.Because)
	}
}
