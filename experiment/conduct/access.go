package conduct

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"example.org/odooharness/audit"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/telemetry"
)

// Connect attaches to each setup of a plan that is no lab, as its first trial will do:
// log-ins, databases, Redis, and the rights that each fault needs. It offers no load and
// makes no fault. It returns what it found in order, one line each; the error has everything
// that is wrong.
func Connect(ctx context.Context, e *spec.Experiment, p *plan.Plan, opener target.Opener, load Load,
	log *slog.Logger) ([]string, error) {
	var done []string
	var problems []error
	for _, setup := range e.Setups {
		i := slices.IndexFunc(p.Trials, func(t plan.Trial) bool { return t.Setup == setup.Name })
		if i < 0 {
			continue
		}
		if setup.Lab != nil {
			done = append(done, setup.Name+" is a lab: it comes up with the run")
			continue
		}
		err := connect(ctx, e, setup, p.Trials[i], opener, load, log)
		if err != nil {
			problems = append(problems, fmt.Errorf("setup %s: %w", setup.Name, err))
			continue
		}
		done = append(done, fmt.Sprintf("%s: tenants, databases and the rights of its faults are as the plan needs them", setup.Name))
	}
	return done, errors.Join(problems...)
}

func connect(ctx context.Context, e *spec.Experiment, setup spec.Setup, planned plan.Trial, opener target.Opener,
	load Load, log *slog.Logger) (err error) {
	ctx, cancel := context.WithTimeout(ctx, preflightLimit)
	defer cancel()
	t, err := opener(ctx, setup, e.Tenants, log)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		err = errors.Join(err, t.Close(closing))
	}()
	trust(t, planned.Bursts)
	return access(ctx, t, planned.Faults, load)
}

// trust has preflight and audit follow the scripts: a tenant whose script does not verify
// certificates is reached without verification by them, too.
func trust(t *target.Target, bursts []plan.Burst) {
	for i := range t.Tenants { // the audit reads the same elements
		tenant := &t.Tenants[i]
		tenant.Insecure = tenant.Insecure || slices.ContainsFunc(bursts, func(b plan.Burst) bool {
			return b.Insecure && slices.Contains(b.Tenants, tenant.Name)
		})
	}
}

// access verifies everything that a trial needs of a target: it logs in to every tenant,
// connects to every database and Redis, and prepares every fault on a setup that is no
// lab. It reports everything that is wrong at once.
func access(ctx context.Context, t *target.Target, faults []plan.Fault, load Load) error {
	var checks []func() error
	for _, tenant := range t.Tenants {
		checks = append(checks, func() error {
			if err := load.Preflight(ctx, tenant); err != nil {
				return fmt.Errorf("tenant %s at %s: %w", tenant.Name, secret.Where(tenant.URL), err)
			}
			return nil
		})
	}
	if t.Info.Target == "external" || t.Info.Target == "kubernetes" { // the harness knows what a lab of its own has
		for _, tenant := range t.Audit {
			checks = append(checks, func() error { return audit.Reach(ctx, tenant) })
		}
		for _, probe := range t.Probes {
			checks = append(checks, func() error { return telemetry.Reach(ctx, probe) })
		}
		for _, fault := range faults {
			checks = append(checks, func() error { return prepared(ctx, t, fault) })
		}
	}
	problems := make([]error, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { problems[i] = check() })
	}
	all.Wait()
	return errors.Join(problems...)
}

// prepared prepares a fault and lets go of it again.
func prepared(ctx context.Context, t *target.Target, planned plan.Fault) error {
	fault, err := t.Driver.Fault(planned.Manifest, planned.Components)
	if err == nil {
		err = errors.Join(fault.Prepare(ctx), fault.Close(ctx))
	}
	if err != nil {
		return fmt.Errorf("fault %s: %w", planned.Name, err)
	}
	return nil
}
