package analyzer_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// A domain without evidence is not measured, and names the command that measures it.
func TestScorecardNamesWhatWasNotMeasured(t *testing.T) {
	j := synthetic.Drilled(nil, func(*results.Trial) {})
	for name, command := range map[string]string{"recovery readiness": "harness recovery", "change reliability": "harness change",
		"integration reliability": "connector"} {
		d := synthetic.Domain(t, j, name)
		if d.Verdict != finding.Inconclusive || !strings.Contains(d.Missing, command) || len(d.Measures) != 0 {
			t.Errorf("%s: %+v; want not measured, by %s", name, d, command)
		}
	}
	if d := synthetic.Domain(t, j, "data reliability"); d.Verdict != finding.Pass || len(d.Measures) < 3 {
		t.Errorf("data reliability: %+v", d)
	}
	words := j.Scorecards[0].Words
	for _, want := range []string{"recovery readiness", "were not measured", "hold"} {
		if !strings.Contains(words, want) {
			t.Errorf("the sentence lacks %q: %s", want, words)
		}
	}
}
