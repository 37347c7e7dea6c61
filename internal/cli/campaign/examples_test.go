package campaign_test

import (
	"path/filepath"
	"testing"

	"example.org/odooharness/internal/cli/campaign"
)

// Every example campaign loads: its template, faults, moments, expectations and searches agree.
func TestExamples(t *testing.T) {
	examples := map[string]int{"resiliency.yaml": 12, "how-long.yaml": 1, "degraded.yaml": 1}
	for name, experiments := range examples {
		out := t.TempDir()
		c, err := campaign.Load(t.Context(), filepath.Join("..", "..", "..", "examples", "campaigns", name),
			campaign.Folders{Runs: filepath.Join(out, "runs"), Out: filepath.Join(out, "campaigns")})
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if len(c.Experiments) != experiments {
			t.Errorf("%s: %d experiments, want %d", name, len(c.Experiments), experiments)
		}
	}
}
