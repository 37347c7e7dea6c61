package conduct

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.org/odooharness/audit"
	"example.org/odooharness/experiment/conduct/drill"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// closeLimit bounds taking a target down. It has a context of its own, since Ctrl-C must
// not prevent it.
const closeLimit = 2 * time.Minute

// errHalted ends the parts of a trial when its halt condition holds.
var errHalted = errors.New("halted")

// trial is one trial under way.
type trial struct {
	*run
	experiment *spec.Experiment
	planned    plan.Trial
	of         int
	setup      spec.Setup

	out    *results.TrialWriter
	log    *slog.Logger // to the watch and to log.txt
	target *target.Target
	specs  []scenarios.Spec
	tally  *tally

	lawsBefore *audit.Laws

	recording sync.Mutex // held while injections.json is written; taken before mu

	mu         sync.Mutex // guards what follows
	running    []string   // what the end of the trial waits for
	record     results.Trial
	injections []results.Injection
	generators []results.Generator // that have ended
}

// perform runs the trial. Whatever happens, what was recorded is kept, the target is
// closed, and the state of the trial is written.
func (t *trial) perform(ctx context.Context) (err error) {
	p := t.planned
	t.record = results.Trial{
		Name: p.Name, State: results.TrialRunning,
		Setup: p.Setup, Replicate: p.Replicate, Position: p.Position, Seed: p.Seed, Twin: p.Twin,
		Length: results.OffsetOf(p.Length), Warmup: results.OffsetOf(p.Warmup), Landmarks: p.Landmarks,
		Events: p.Events, Windows: p.Windows, Base: time.Now(),
	}
	if t.out, err = t.run.out.CreateTrial(t.record); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(t.out.Dir, "log.txt"))
	if err != nil {
		return fmt.Errorf("create the trial's log: %w", err)
	}
	t.log = newLogger(t.Watch, file)
	defer func() {
		t.setEnding(ctx, err)
		err = errors.Join(err, t.out.WriteTrial(t.record), file.Close())
		t.Watch.TrialEnded(t.record)
	}()

	for _, f := range p.Faults {
		t.setup.Faults = append(t.setup.Faults, f.Manifest)
	}
	t.target, err = t.Open(ctx, t.setup, t.experiment.Tenants, t.log)
	if err != nil && t.setup.Lab == nil {
		return unusable{err}
	}
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
	merge(&t.manifest, t.target)
	if err := t.run.out.WriteManifest(t.manifest); err != nil {
		return err
	}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	t.checkBefore(ctx)
	if err := t.measure(ctx); err != nil {
		if ctx.Err() != nil {
			t.auditStopped(ctx)
		}
		return err
	}
	t.audit(ctx)
	return nil
}

// unusable is the error of a target that a trial cannot begin on: it is not there, or a
// credential, a right or a module is missing. Another trial would find the same.
type unusable struct{ error }

func (u unusable) Unwrap() error { return u.error }

// newLogger logs to the watch, as lines, and to a file, with times.
func newLogger(w Watch, file *os.File) *slog.Logger {
	shown := lines.Logger(func(line string) { w.Print("  " + line) })
	return slog.New(secret.Handler(slog.NewMultiHandler(shown.Handler(), slog.NewTextHandler(file, nil))))
}

// prepare verifies the target and makes the documents that the load works on.
func (t *trial) prepare(ctx context.Context) error {
	if err := t.preflight(ctx); err != nil {
		return unusable{fmt.Errorf("preflight: %w", err)}
	}
	if err := drill.StoresReachable(ctx, t.planned.Drills); err != nil {
		return err
	}
	for _, s := range t.experiment.Scenarios {
		load := t.loadOf(s)
		var err error
		if load.Documents, err = t.Load.Prepare(ctx, load, t.log); err != nil {
			return err
		}
		t.specs = append(t.specs, divided(load, t.experiment.Generators.Count)...)
	}
	return nil
}

// divided returns the load of a scenario as that of so many generators. All of them have
// the documents of the whole: each takes those of its arrivals.
func divided(load scenarios.Spec, generators int) []scenarios.Spec {
	var all []scenarios.Spec
	for i := range max(generators, 1) {
		if generators > 1 {
			load.Share = scenarios.Share{Index: i, Of: generators}
		}
		all = append(all, load)
	}
	return all
}

// loadOf describes the load of a scenario to its generator.
func (t *trial) loadOf(s spec.Scenario) scenarios.Spec {
	load := scenarios.Spec{
		Name: s.Name, Script: s.Script, Duration: s.Duration, Scale: s.Scale, Seed: t.planned.Seed,
		Ref: Reference(t.run.out.Dir, t.planned.Position), Out: t.out.Dir, Env: s.Env, Timeout: s.Timeout, NaiveRetry: s.NaiveRetry,
	}
	for _, b := range t.planned.Bursts {
		if b.Scenario == s.Name {
			load.Start = b.Start
		}
	}
	for _, name := range s.Tenants {
		for _, tenant := range t.target.Tenants {
			if tenant.Name == name {
				tenant.Role, tenant.Transport, tenant.Load = t.experiment.Tenants[name], s.Transport, 1
				load.Tenants = append(load.Tenants, tenant)
			}
		}
	}
	return load
}

// Reference tags every document of a trial. It is unique over the runs on a database.
func Reference(runDir string, position int) string {
	return fmt.Sprintf("%s-%02d", filepath.Base(runDir), position)
}

// setEnding sets how the trial ended.
func (t *trial) setEnding(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		t.record.State, t.record.Reason = results.TrialHalted, results.StoppedByPerson
	case err != nil:
		t.record.State, t.record.Reason = results.TrialFailed, secret.Clean(err.Error())
	case t.record.Reason != "":
		t.record.State = results.TrialHalted
	default:
		t.record.State = results.TrialComplete
	}
}

// problem keeps what failed next to the load, for the report.
func (t *trial) problem(lines ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range lines {
		t.record.Problems = append(t.record.Problems, secret.Clean(line))
	}
}
