package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// closeLimit bounds taking a target down, with a context of its own: it happens
// also after Ctrl-C.
const closeLimit = 2 * time.Minute

// Conductor runs plans.
//
//	for each trial:  target up ─> preflight ─> seed ─> base instant ─┬─ load
//	                                                                 ├─ faults
//	                                                                 ├─ telemetry
//	                                                                 └─ halt watch
//	                 ─> drain ─> audit ─> target down
type Conductor struct {
	Root     string // folder of the runs
	Open     target.Opener
	Plan     Planner // plans the scales of a search
	Kept     Kept    // judges the scales of a search
	Watch    Watch
	Command  string            // as reports show it
	Versions map[string]string // of the harness
}

// Run runs the plan and returns the folder of the run, which holds what was
// recorded also when there is an error. A trial that could not run does not stop
// the next; a cancelled context does.
func (c *Conductor) Run(ctx context.Context, e *spec.Experiment, all *plan.Plan) (dir string, err error) {
	encoded, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode plan: %w", err)
	}
	manifest := c.manifest(e)
	writer, err := results.Create(c.Root, manifest, encoded)
	if err != nil {
		return "", err
	}
	if e.Search != nil {
		return writer.Dir, c.search(ctx, e, all, writer, &manifest)
	}
	var problems []error
	for _, planned := range all.Trials {
		if ctx.Err() != nil {
			problems = append(problems, context.Cause(ctx))
			break
		}
		if err := c.trial(ctx, e, planned, len(all.Trials), writer, &manifest); err != nil {
			problems = append(problems, fmt.Errorf("trial %s: %w", planned.Name, err))
		}
	}
	return writer.Dir, errors.Join(problems...)
}

// trial runs one trial.
func (c *Conductor) trial(
	ctx context.Context, e *spec.Experiment, p plan.Trial, of int, w *results.Writer, m *results.Manifest,
) error {
	trial := &trialRun{
		conductor: c, experiment: e, planned: p, of: of, run: w, manifest: m,
		setup: e.Setup(p.Setup),
	}
	return trial.perform(ctx)
}

func (c *Conductor) manifest(e *spec.Experiment) results.Manifest {
	m := results.Manifest{
		Experiment: e.Name, Hypothesis: e.Hypothesis, Started: time.Now().UTC().Truncate(time.Second), Seed: e.Seed,
		Versions: map[string]string{}, Inputs: e.Inputs, Objectives: e.Objectives, Command: c.Command,
		Promises: e.Promises, Capacity: e.Capacity, Isolation: e.Isolation,
		Host: results.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Memory: memory()},
	}
	maps.Copy(m.Versions, c.Versions)
	for _, s := range e.Setups {
		m.Setups = append(m.Setups, s.Describe(e.Tenants))
		if s.Lab != nil && len(s.Lab.Weaknesses) > 0 {
			m.Caveats = append(m.Caveats,
				fmt.Sprintf("Planted in %s on purpose: %s.", s.Name, strings.Join(s.Lab.Weaknesses, ", ")))
		}
	}
	return m
}

// merge adds to the manifest what is known only once the target runs.
func merge(m *results.Manifest, target *target.Target) {
	maps.Copy(m.Versions, target.Versions)
	for i := range m.Setups {
		if m.Setups[i].Name == target.Info.Name {
			m.Setups[i] = target.Info
		}
	}
	for _, caveat := range target.Caveats {
		if !slices.Contains(m.Caveats, caveat) {
			m.Caveats = append(m.Caveats, caveat)
		}
	}
}
