package campaign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/internal/cli/campaign"
)

// Every example campaign loads: its template, faults, moments, expectations and searches agree.
func TestExamples(t *testing.T) {
	experiments := map[string]int{"resiliency.yaml": 12, "how-long.yaml": 1, "degraded.yaml": 1, "worst-moment.yaml": 1}
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "examples", "campaigns", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\nexperiment:") {
			continue // a template
		}
		found++
		name, out := filepath.Base(file), t.TempDir()
		c, err := campaign.Load(t.Context(), file,
			campaign.Folders{Runs: filepath.Join(out, "runs"), Out: filepath.Join(out, "campaigns")})
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if want, known := experiments[name]; !known || len(c.Experiments) != want {
			t.Errorf("%s: %d experiments, want %d", name, len(c.Experiments), want)
		}
	}
	if found != len(experiments) {
		t.Errorf("%d campaigns, want %d", found, len(experiments))
	}
}
