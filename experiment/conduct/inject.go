package conduct

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/results"
)

// prepareAhead is how long before its moment a fault is prepared: the verification of
// the target must neither delay the injection nor disturb earlier windows for long.
const prepareAhead = 3 * time.Second

// inject drives one fault through its lifecycle. A fault whose effect could not be shown
// is not an error of the run: its record states it, and its window is invalid.
func (t *trial) inject(ctx context.Context, at clock.Clock, i int) error {
	planned := t.planned.Faults[i]
	record := results.Injection{
		Fault: planned.Name, Class: planned.Class, Kind: planned.Kind, Action: planned.Action,
		Driver: t.target.Driver.Name(), Targets: planned.Targets, Tenants: planned.Tenants,
		Manifest: planned.Manifest.Path, Destroys: planned.Manifest.Destroys, Requested: results.OffsetOf(planned.At),
	}
	if !at.Wait(ctx, planned.At-prepareAhead) {
		return nil // the trial ended before the fault's moment
	}
	fault, err := t.target.Driver.Fault(planned.Manifest, planned.Components)
	if err != nil {
		record.Err = err.Error()
		return t.keepInjection(record)
	}
	session := chaos.NewSession(fault, chaos.Options{Clock: at.Now, Describe: record})
	moment := func(ctx context.Context) error {
		if !at.Wait(ctx, planned.At) {
			return context.Cause(ctx)
		}
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- session.Run(ctx, chaos.Plan{Start: moment, Hold: planned.For}) }()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil && ctx.Err() == nil {
				t.problem(fmt.Sprintf("fault %s: %v", planned.Name, err))
			}
			return t.keepInjection(session.Injection())
		case <-ticker.C:
			if err := t.keepInjection(session.Injection()); err != nil {
				t.problem(err.Error())
			}
		}
	}
}

// keepInjection replaces the record of a fault. When the record has changed, it writes
// all of them, so that a killed harness leaves the marks made so far. A fault that was
// not injected is not recorded.
//
// The file is written without the lock that the halt watch needs: a busy disk can need
// seconds to sync.
func (t *trial) keepInjection(injection results.Injection) error {
	if injection.Injected == nil && injection.Err == "" {
		return nil
	}
	t.recording.Lock()
	defer t.recording.Unlock()
	all, changed := t.mergeInjection(injection)
	if !changed {
		return nil
	}
	return t.out.WriteInjections(all)
}

// mergeInjection puts a fault's record among the trial's, and returns a copy of all.
func (t *trial) mergeInjection(injection results.Injection) (all []results.Injection, changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	same := func(r results.Injection) bool { return r.Fault == injection.Fault }
	switch i := slices.IndexFunc(t.injections, same); {
	case i < 0:
		t.injections = append(t.injections, injection)
	case reflect.DeepEqual(t.injections[i], injection):
		return nil, false
	default:
		t.injections[i] = injection
	}
	return slices.Clone(t.injections), true
}

// inEffect lists the faults that are injected and not removed.
func (t *trial) inEffect() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for _, r := range t.injections {
		if r.Injected != nil && r.Removed == nil {
			names = append(names, r.Fault)
		}
	}
	return names
}
