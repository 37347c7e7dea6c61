package readiness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// campaignPlan is a plan whose faults take their evidence from a matrix. own stays.
const campaignPlan = `name: peak
cutoff: 2026-12-04T17:00:00Z
window: 1h
forecast: {source: by hand, documents: {order: {expect: 100}}}
capacity: results/runs/capacity
faults:
  - {name: stop, every: 720h}
  - {name: slow, every: 720h}
  - {name: own, every: 720h, recovery: results/runs/own}
campaign: night/matrix.json
notTested: [a failure of the carrier]
`

// The recovery of a fault comes from its worst moment: the most severe verdict, then the
// slowest recovery. A moment without evidence that counts is not tested.
func TestCampaignIsEvidence(t *testing.T) {
	dir := t.TempDir()
	matrix, err := os.ReadFile(filepath.Join("testdata", "matrix.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "night"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "peak.yaml")
	write(t, filepath.Join(dir, "night", "matrix.json"), string(matrix))
	write(t, path, campaignPlan)
	plan, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var recoveries, capacities []string
	for _, f := range plan.Question.Faults {
		recoveries, capacities = append(recoveries, f.Recovery), append(capacities, f.Capacity)
	}
	if diff := cmp.Diff([]string{"", "results/runs/ladder", ""}, capacities); diff != "" {
		t.Errorf("capacities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"results/runs/b", "", "results/runs/own"}, recoveries); diff != "" {
		t.Errorf("recoveries (-want +got):\n%s", diff)
	}
	want := []string{"a failure of the carrier", "stop, moment night: too old", "stop, moment noon: no evidence",
		"slow, moment at: no evidence"}
	if diff := cmp.Diff(want, plan.Question.NotTested); diff != "" {
		t.Errorf("not tested (-want +got):\n%s", diff)
	}
	if len(plan.Inputs) != 2 || filepath.Base(plan.Inputs[1].Path) != "matrix.json" {
		t.Errorf("inputs %+v", plan.Inputs)
	}
	// In a pack, the matrix lies next to the plan.
	if err := os.Rename(filepath.Join(dir, "night", "matrix.json"), filepath.Join(dir, "matrix.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err != nil {
		t.Error(err)
	}
	write(t, filepath.Join(dir, "matrix.json"), strings.Replace(string(matrix), `"two-workers", "fault": "slow", "moment"`,
		`"other", "fault": "slow", "moment"`, 1))
	const several = ":10: campaign: it has several setups; add setup: with the one of the answer"
	if _, err := Load(path); err == nil || err.Error() != path+several {
		t.Errorf("with two setups: %v", err)
	}
	write(t, filepath.Join(dir, "matrix.json"), `{"schema": 9}`)
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "has schema 9, this harness reads 1") {
		t.Errorf("another schema: %v", err)
	}
}
