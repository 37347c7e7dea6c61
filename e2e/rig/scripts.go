package rig

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// EveryScript runs each scenario that ships for some seconds on a lab of one tenant. All of
// its journeys must take place, and be served.
func EveryScript(t *testing.T, kind string, length time.Duration, scale float64) {
	t.Helper()
	a := LabUp(t, StateDir(t), kind, 1).Tenants[0]
	tenant := tenantOf(a)
	scripts, err := fs.Glob(scenarios.Scripts(), "*.js")
	Must(t, err)
	if len(scripts) < 11 {
		t.Fatalf("%d scripts, want 11 or more", len(scripts))
	}
	for _, script := range scripts {
		name := strings.TrimSuffix(script, ".js")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runScript(t, tenant, name, length, scale)
		})
	}
}

// allowed reports whether a script provokes an outcome. Neighbours drop what their few virtual
// users cannot do, and interrupt what lasts for 3 s beyond their end; the careless one also
// sells what is not there, and clicks twice.
func allowed(script string, s results.Sample) bool {
	switch s.Outcome {
	case results.OK:
		return true
	case results.Dropped:
		return strings.HasSuffix(script, "-neighbour")
	case results.Timeout:
		return strings.HasSuffix(script, "-neighbour") && s.Detail == "interrupted"
	case results.UserError:
		return script == "careless-neighbour"
	}
	return false
}

func runScript(t *testing.T, tenant scenarios.Tenant, name string, length time.Duration, scale float64) {
	spec := scenarios.Spec{
		Name: name, Script: filepath.Join("..", "..", "scenarios", name+".js"), Tenants: []scenarios.Tenant{tenant},
		Duration: length, Scale: scale, Seed: 42, Ref: "sc-" + name, Out: t.TempDir(), Timeout: time.Minute,
		Env: map[string]string{"ROWS": "5", "BATCH": "2"},
	}
	outline, err := scenarios.Inspect(t.Context(), spec)
	Must(t, err)
	spec.Documents, err = scenarios.Seed(t.Context(), spec, outline, lines.Logger(func(line string) { t.Log(line) }))
	Must(t, err)
	child, err := scenarios.Start(t.Context(), spec)
	Must(t, err)
	_, _, err = child.Wait()
	Must(t, err)
	planned, happened := map[string]int64{}, map[string]int64{}
	for _, load := range outline.Planned {
		planned[load.Journey] += load.Planned
	}
	records := results.TrialData{Dir: spec.Out}
	for sample, err := range records.Samples() {
		Must(t, err)
		if !allowed(name, sample) {
			t.Errorf("%s %s: %s %s", sample.Journey, sample.Step, sample.Outcome, sample.Detail)
		}
		if sample.Step == results.Journey {
			happened[sample.Journey]++
		}
	}
	for journey, n := range planned {
		if happened[journey] != n || n == 0 {
			t.Errorf("%s: %d of %d journeys took place", journey, happened[journey], n)
		}
	}
}
