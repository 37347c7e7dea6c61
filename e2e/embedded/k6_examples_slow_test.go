//go:build slow

package embedded

import (
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// k6's own examples that need no network run unchanged. Each iteration is a journey, or a
// note states that k6 measured nothing of it.
func TestK6ExamplesRun(t *testing.T) {
	rig.LabTest(t)
	examples := offline(t, k6Examples(t))
	if len(examples) < 20 {
		t.Fatalf("%d examples need no network, want at least 20", len(examples))
	}
	server := odootest.New()
	defer server.Close()
	for _, example := range examples {
		if strings.Contains(example, "abort") { // it ends itself
			continue
		}
		t.Run(filepath.Base(example), func(t *testing.T) { runExample(t, server, example) })
	}
}

func runExample(t *testing.T, server *odootest.Server, example string) {
	experiment := staged(t, server, example, "6s")
	rig.Edit(t, experiment, func(text string) string { return strings.Replace(text, "objectives: [slo.yaml]\n", "", 1) })
	code, run, out := verdict(t, experiment)
	trial := run.Trials[0]
	journeys := 0
	for sample, err := range trial.Samples() {
		rig.Must(t, err)
		if sample.Step == results.Journey {
			journeys++
		}
	}
	if code == cli.ExitCannotRun || trial.State != results.TrialComplete || journeys == 0 && len(trial.Generator.Notes) == 0 {
		t.Errorf("exit code %d, trial %s (%s), %d journeys, notes %q\n%s", code, trial.State, trial.Reason, journeys,
			trial.Generator.Notes, out)
	}
}
