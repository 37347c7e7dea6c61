package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

const sloDocument = `apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME}
spec:
  service: s
  budgetingMethod: Occurrences
  indicator: {metadata: {name: i}, spec: {thresholdMetric: {metricSource: {type: odoo-harness, spec: {journeys: [orders]}}}}}
  objectives: [{displayName: d, op: lte, value: VALUE, target: 0.9}]
`

// Every document of a file is judged. Empty documents and a separator at the end are no
// document; a mistake in any of them is a problem with its line.
func TestObjectivesOfSeveralDocuments(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "slo.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	of := func(name, value string) string {
		return strings.NewReplacer("NAME", name, "VALUE", value).Replace(sloDocument)
	}
	got, _, err := loadObjectives(write("---\n" + of("loose", "10") + "---\n---\n" + of("strict", "0.5") + "---\n"))
	if err != nil {
		t.Fatal(err)
	}
	var objectives []results.Objective
	for _, o := range got {
		objectives = append(objectives, o.Objective)
	}
	want := []results.Objective{
		{Name: "loose", Journeys: []string{"orders"}, Target: 0.9, Threshold: 10, Budgeting: "Occurrences"},
		{Name: "strict", Journeys: []string{"orders"}, Target: 0.9, Threshold: 0.5, Budgeting: "Occurrences"},
	}
	if diff := cmp.Diff(want, objectives); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, _, err = loadObjectives(write(of("loose", "10") + "---\n" + of("strict", "-1")))
	if err == nil || !strings.Contains(err.Error(), "slo.yaml:17") {
		t.Errorf("a mistake in the second document: %v", err)
	}
	if _, _, err := loadObjectives(write("---\n")); err == nil || !strings.Contains(err.Error(), "the file is empty") {
		t.Errorf("a file without a document: %v", err)
	}
}
