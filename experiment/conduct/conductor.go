package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// Conductor runs plans.
//
//	for each trial:  target up ─> preflight ─> seed ─> base instant ─┬─ load
//	                                                                 ├─ faults, drills
//	                                                                 ├─ telemetry
//	                                                                 └─ halt watch
//	                 ─> drain ─> audit ─> target down
type Conductor struct {
	Root     string // folder of the runs
	Open     target.Opener
	Lock     Lock // before the first trial; nil: nothing is locked
	Load     Load
	Sample   Sampler
	Watch    Watch
	Plan     Planner           // plans the scales of a search
	Kept     Kept              // judges the scales of a search
	Look     Look              // judges after each replicate, when the experiment has a stopping rule
	History  History           // of earlier runs; nil: none
	Command  string            // as reports show it
	Versions map[string]string // of the harness
}

// Lock takes a setup for a run, until unlock is called. It fails while another run has it.
type Lock func(s spec.Setup) (unlock func() error, err error)

// Run runs the plan and returns the folder of the run. The folder holds what was
// recorded, also when there is an error. A trial that fails does not prevent the next
// one; a cancelled context does.
func (c *Conductor) Run(ctx context.Context, e *spec.Experiment, p *plan.Plan) (dir string, err error) {
	encoded, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode plan: %w", err)
	}
	r := &run{Conductor: c, manifest: c.Manifest(e), plan: p}
	unlock, err := r.lock(e)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if r.out, err = results.Create(c.Root, r.manifest, encoded); err != nil {
		return "", err
	}
	if e.Search != nil {
		return r.out.Dir, r.search(ctx, e)
	}
	return r.out.Dir, r.replicates(ctx, e, p.Trials)
}

// lock takes every setup of the experiment.
func (r *run) lock(e *spec.Experiment) (unlock func() error, err error) {
	var all []func() error
	unlock = func() error {
		var problems []error
		for _, each := range all {
			problems = append(problems, each())
		}
		return errors.Join(problems...)
	}
	for _, s := range e.Setups {
		if r.Lock == nil {
			break
		}
		s.Run = fmt.Sprintf("%s of %s", e.Name, r.manifest.Started.Format("2006-01-02 15:04:05"))
		each, err := r.Lock(s)
		if err != nil {
			return nil, errors.Join(err, unlock())
		}
		all = append(all, each)
	}
	return unlock, nil
}

// run is one run of a conductor.
type run struct {
	*Conductor
	plan     *plan.Plan
	out      *results.Writer
	manifest results.Manifest
}

// trial runs one trial out of several.
func (r *run) trial(ctx context.Context, e *spec.Experiment, planned plan.Trial, of int) error {
	t := &trial{run: r, experiment: e, planned: planned, of: of, setup: e.Setup(planned.Setup)}
	t.setup.Run = e.Name + "/" + filepath.Base(r.out.Dir)
	return t.perform(ctx)
}

// Manifest describes a run before it is made.
func (c *Conductor) Manifest(e *spec.Experiment) results.Manifest {
	m := results.Manifest{
		Experiment: e.Name, Hypothesis: e.Hypothesis, Started: time.Now().UTC().Truncate(time.Second), Seed: e.Seed,
		Versions: map[string]string{}, Inputs: e.Inputs, Objectives: e.Objectives, Command: c.Command,
		Caveats:  slices.Clone(e.Notes),
		Promises: e.Promises, Capacity: e.Capacity, Isolation: e.Isolation, Stopping: e.DescribeStopping(), Remedies: e.Remedies,
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

// merge adds to the manifest what is known only once a target runs. Each caveat is
// listed once, whatever the number of trials.
func merge(m *results.Manifest, t *target.Target) {
	maps.Copy(m.Versions, t.Versions)
	for i := range m.Setups {
		if m.Setups[i].Name == t.Info.Name {
			m.Setups[i] = t.Info
		}
	}
	for _, caveat := range t.Caveats {
		addCaveat(m, caveat)
	}
}

func addCaveat(m *results.Manifest, caveat string) {
	if !slices.Contains(m.Caveats, caveat) {
		m.Caveats = append(m.Caveats, caveat)
	}
}

// caveat adds a sentence that every report must carry. It is written with the manifest.
func (r *run) caveat(sentence string) { addCaveat(&r.manifest, sentence) }
