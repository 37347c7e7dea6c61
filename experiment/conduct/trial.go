package conduct

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/audit"
	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/conduct/drill"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/telemetry"
)

// tick is how often the watch and the halt condition look.
const tick = 500 * time.Millisecond

// errHalted ends the parts of a trial when it is halted.
var errHalted = errors.New("halted") //nolint:gochecknoglobals // an error value

// trialRun is one trial under way.
type trialRun struct {
	conductor  *Conductor
	experiment *spec.Experiment
	planned    plan.Trial
	of         int
	setup      spec.Setup
	run        *results.Writer
	manifest   *results.Manifest

	out    *results.TrialWriter
	log    *os.File // what the watch was told, with times
	target *target.Target
	specs  []scenarios.Spec
	tally  *tally

	lawsBefore *audit.Laws

	recording sync.Mutex // one at a time writes injections.json; taken before mu

	mu         sync.Mutex // guards what follows
	trial      results.Trial
	injections []results.Injection
}

// perform runs the trial. What was recorded is kept whatever happens, the target
// is closed, and the trial's state says how it ended.
func (t *trialRun) perform(ctx context.Context) (err error) {
	p := t.planned
	t.trial = results.Trial{
		Name: p.Name, Setup: p.Setup, Replicate: p.Replicate, Position: p.Position, Seed: p.Seed,
		Length: results.OffsetOf(p.Length), Warmup: results.OffsetOf(p.Warmup), Landmarks: p.Landmarks,
		Events: p.Events, Windows: p.Windows, Base: time.Now(),
	}
	if t.out, err = t.run.CreateTrial(t.trial); err != nil {
		return err
	}
	if t.log, err = os.Create(filepath.Join(t.out.Dir, "log.txt")); err != nil {
		return fmt.Errorf("create the trial's log: %w", err)
	}
	defer func() {
		t.settle(ctx, err)
		err = errors.Join(err, t.out.WriteTrial(t.trial), t.log.Close())
		t.conductor.Watch.TrialEnded(t.trial)
	}()

	t.target, err = t.conductor.Open(ctx, t.setup, t.experiment.Tenants, lines.Logger(t.say))
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		if closeErr := t.target.Close(closing); closeErr != nil {
			err = errors.Join(err, fmt.Errorf("close target: %w", closeErr))
		}
	}()
	merge(t.manifest, t.target)
	if err := t.run.WriteManifest(*t.manifest); err != nil {
		return err
	}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	t.checkBefore(ctx)
	if err := t.measure(ctx); err != nil {
		return err
	}
	t.audit(ctx)
	return nil
}

// prepare checks the target and makes the work that the load will do.
func (t *trialRun) prepare(ctx context.Context) error {
	if err := preflight(ctx, t.target.Tenants); err != nil {
		return fmt.Errorf("preflight: %w", err)
	}
	if err := drill.StoresReachable(ctx, t.planned.Drills); err != nil {
		return err
	}
	for _, s := range t.experiment.Scenarios {
		spec := t.spec(s)
		outline, err := scenarios.Inspect(ctx, spec)
		if err != nil {
			return fmt.Errorf("inspect %s: %w", s.Script, err)
		}
		if spec.Documents, err = scenarios.Seed(ctx, spec, outline, lines.Logger(t.say)); err != nil {
			return fmt.Errorf("seed %s: %w", s.Name, err)
		}
		t.specs = append(t.specs, spec)
	}
	return nil
}

// spec is what the load generator of a scenario is told.
func (t *trialRun) spec(s spec.Scenario) scenarios.Spec {
	spec := scenarios.Spec{
		Name: s.Name, Script: s.Script, Duration: s.Duration, Scale: s.Scale, Seed: t.planned.Seed,
		Ref: Reference(t.run.Dir, t.planned.Position), Out: t.out.Dir, Env: s.Env, Timeout: s.Timeout, NaiveRetry: s.NaiveRetry,
	}
	for _, b := range t.planned.Bursts {
		if b.Scenario == s.Name {
			spec.Start = b.Start
		}
	}
	for _, name := range s.Tenants {
		for _, tenant := range t.target.Tenants {
			if tenant.Name == name {
				tenant.Role, tenant.Transport, tenant.Load = t.experiment.Tenants[name], s.Transport, 1
				spec.Tenants = append(spec.Tenants, tenant)
			}
		}
	}
	return spec
}

// Reference tags every document of a trial: unique over runs on one database.
func Reference(runDir string, position int) string {
	return fmt.Sprintf("%s-%02d", filepath.Base(runDir), position)
}

// measure runs load, faults, telemetry and halt watch beside each other, from the
// base instant until the load has drained.
func (t *trialRun) measure(ctx context.Context) error {
	children, base, err := t.startLoad(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.trial.Base = base
	t.mu.Unlock()
	if err := t.out.WriteTrial(t.trial); err != nil {
		return errors.Join(err, stopAll(children))
	}
	t.conductor.Watch.TrialStarted(t.planned, t.of)

	halting, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	beside, stopBeside := context.WithCancel(halting) // ends with the load
	defer stopBeside()
	var active, besides errgroup.Group
	t.tally = newTally(base, t.planned)
	for _, child := range children {
		active.Go(func() error { return t.follow(halting, halt, child) })
	}
	for i := range t.planned.Faults {
		active.Go(func() error { return t.inject(halting, clock.At(base), i) })
	}
	for _, d := range t.planned.Drills {
		active.Go(func() error { t.drill(halting, clock.At(base), d); return nil })
	}
	besides.Go(func() error { return t.sample(beside, base) })
	besides.Go(func() error { return t.supervise(beside, halt) })
	loadErr := active.Wait()
	stopBeside()
	return errors.Join(loadErr, besides.Wait(), ctx.Err())
}

// sample reads the probes until ctx ends.
func (t *trialRun) sample(ctx context.Context, base time.Time) error {
	table, err := results.NewTable[results.Point](t.out.Dir, "series", 2*time.Second)
	if err != nil {
		return err
	}
	problems, err := telemetry.Sample(ctx, base, time.Second, telemetry.Probes(t.target.Probes),
		func(points []results.Point) error { return table.Append(points...) })
	t.problem(problems...)
	return errors.Join(err, table.Close())
}

// supervise tells the watch, and halts the trial when its condition holds.
func (t *trialRun) supervise(ctx context.Context, halt context.CancelCauseFunc) error {
	var watch *haltWatch
	if t.experiment.Halt != nil {
		watch = &haltWatch{rule: *t.experiment.Halt}
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		snapshot := t.tally.snapshot(t.inEffect())
		t.conductor.Watch.Tick(snapshot)
		if watch == nil {
			continue
		}
		if reason := watch.observe(snapshot); reason != "" {
			t.say(reason)
			halt(fmt.Errorf("%w: %s", errHalted, reason))
			return nil
		}
	}
}

// settle writes how the trial ended.
func (t *trialRun) settle(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		t.trial.State, t.trial.Reason = results.TrialHalted, "stopped by a person"
	case err != nil:
		t.trial.State, t.trial.Reason = results.TrialFailed, err.Error()
	case t.trial.Reason != "":
		t.trial.State = results.TrialHalted
	default:
		t.trial.State = results.TrialComplete
	}
}

func (t *trialRun) say(line string) {
	t.conductor.Watch.Say("  " + line)
	fmt.Fprintf(t.log, "%s %s\n", time.Now().UTC().Format(time.RFC3339), line) //nolint:errcheck // its Close says
}

// problem keeps what went wrong beside the load, for the report.
func (t *trialRun) problem(lines ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trial.Problems = append(t.trial.Problems, lines...)
}
