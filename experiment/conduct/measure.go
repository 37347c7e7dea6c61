package conduct

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/results"
	"example.org/odooharness/telemetry"
)

// tick is how often the state of a trial is shown and its halt condition is checked.
const tick = 500 * time.Millisecond

// measure runs load, faults, drills, telemetry and halt watch at the same time, from the
// base instant until the load has drained.
func (t *trial) measure(ctx context.Context) error {
	generators, at, err := t.startLoad(ctx)
	if err != nil {
		return err
	}
	t.record.Base = at.Base()
	if err := t.out.WriteTrial(t.record); err != nil {
		return errors.Join(err, stopAll(generators))
	}
	t.Watch.TrialStarted(t.planned, t.of)

	halting, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	loading, loadEnded := context.WithCancel(halting)
	defer loadEnded()
	var load, observers errgroup.Group
	t.tally = newTally(at, t.planned)
	for i, g := range generators {
		load.Go(t.awaited("load "+t.specs[i].Generator(), func() error { return t.follow(halting, halt, g, t.specs[i]) }))
	}
	for i := range t.planned.Faults {
		load.Go(t.awaited("fault "+t.planned.Faults[i].Name, func() error { return t.inject(halting, at, i) }))
	}
	for _, d := range t.planned.Drills {
		load.Go(t.awaited("drill "+d.Name, func() error { t.drill(halting, at, d); return nil }))
	}
	observers.Go(func() error { return t.sample(loading, at) })
	observers.Go(func() error { t.supervise(loading, halt); return nil })
	loadErr := load.Wait()
	loadEnded()
	return errors.Join(loadErr, observers.Wait(), ctx.Err())
}

// awaited names what the trial waits for while a part of it runs.
func (t *trial) awaited(name string, part func() error) func() error {
	t.mu.Lock()
	t.running = append(t.running, name)
	t.mu.Unlock()
	return func() error {
		defer func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.running = slices.DeleteFunc(t.running, func(n string) bool { return n == name })
		}()
		return part()
	}
}

// overdue lists what a trial waits for that is past its length.
func (t *trial) overdue(s Snapshot) []string {
	if s.Elapsed <= s.Length {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.running)
}

// Sampler reads the probes of a target until ctx ends, and passes the points to sink.
// Problems are readings that failed. The error is that of the sink.
type Sampler func(ctx context.Context, base time.Time, probes []telemetry.Target, sink func([]results.Point) error,
) (problems []string, err error)

// Telemetry is the [Sampler] that reads every probe once a second.
func Telemetry(ctx context.Context, base time.Time, probes []telemetry.Target, sink func([]results.Point) error,
) (problems []string, err error) {
	return telemetry.Sample(ctx, base, time.Second, telemetry.Probes(probes), sink)
}

// sample records the series of the target until ctx ends.
func (t *trial) sample(ctx context.Context, at clock.Clock) error {
	table, err := results.NewTable[results.Point](t.out.Dir, "series", time.Second)
	if err != nil {
		return err
	}
	problems, err := t.Sample(ctx, at.Base(), t.target.Probes,
		func(points []results.Point) error { return table.Append(points...) })
	t.problem(problems...)
	return errors.Join(err, table.Close())
}

// supervise shows the state of the trial, and halts it when its condition holds.
func (t *trial) supervise(ctx context.Context, halt context.CancelCauseFunc) {
	var condition *haltWatch
	if t.experiment.Halt != nil {
		condition = &haltWatch{rule: *t.experiment.Halt}
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		snapshot := t.tally.snapshot(t.inEffect())
		snapshot.Waiting = t.overdue(snapshot)
		t.Watch.Tick(snapshot)
		if condition == nil {
			continue
		}
		if reason := condition.observe(snapshot); reason != "" {
			t.log.Warn(reason)
			halt(fmt.Errorf("%w: %s", errHalted, reason))
			return
		}
	}
}
