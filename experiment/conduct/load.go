package conduct

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// ahead is how far ahead of its announcement the base instant lies: the way through a
// pipe, the making of workers, the preparing of a fault that comes at once.
func (t *trialRun) ahead() time.Duration {
	ahead := time.Second
	for _, f := range t.planned.Faults {
		ahead = max(ahead, prepareAhead-f.At)
	}
	return ahead
}

const (
	readyLimit    = 20 * time.Minute // twice the longest setupTimeout of the scripts here
	readyPatience = 30 * time.Second
)

// startLoad starts the load generators. Each begins at the base instant plus its
// scenario's start, by its own clock; the base instant is set once all are ready.
func (t *trialRun) startLoad(ctx context.Context) (children []*scenarios.Child, base time.Time, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, stopAll(children))
		}
	}()
	for _, spec := range t.specs {
		spec.Held = true
		child, err := scenarios.Start(ctx, spec)
		if err != nil {
			return children, base, fmt.Errorf("start load %s: %w", spec.Name, err)
		}
		children = append(children, child)
	}
	ready, cancel := context.WithTimeoutCause(ctx, readyLimit, fmt.Errorf("it was not within %s", readyLimit))
	defer cancel()
	for i, child := range children {
		waiting := time.AfterFunc(readyPatience, func() {
			t.say("waiting for load " + t.specs[i].Name + " to get ready: log-ins and setup() of its script")
		})
		err := child.Ready(ready)
		waiting.Stop()
		if err != nil && ready.Err() == nil { // it has ended by itself
			if _, _, why := child.Wait(); why != nil {
				err = why
			}
			children = slices.Delete(children, i, i+1)
		}
		if err != nil {
			return children, base, fmt.Errorf("start load %s: %w", t.specs[i].Name, err)
		}
	}
	base = time.Now().Add(t.ahead())
	for i, child := range children {
		if err := child.Begin(base); err != nil {
			return children, base, fmt.Errorf("start load %s: %w", t.specs[i].Name, err)
		}
	}
	return children, base, nil
}

func stopAll(children []*scenarios.Child) error {
	var problems []error
	for _, child := range children {
		child.Stop()
	}
	for _, child := range children {
		_, _, err := child.Wait()
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// follow reads a load generator's progress until it ends; it is stopped when ctx
// is over.
func (t *trialRun) follow(ctx context.Context, halt context.CancelCauseFunc, child *scenarios.Child) error {
	stop := context.AfterFunc(ctx, child.Stop)
	defer stop()
	for progress := range child.Progress() {
		t.tally.add(child, progress)
	}
	generator, load, err := child.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trial.Load = append(t.trial.Load, load...)
	t.trial.Generator = addGenerators(t.trial.Generator, generator)
	if cause := context.Cause(ctx); errors.Is(cause, errHalted) {
		t.trial.Reason = strings.TrimPrefix(cause.Error(), "halted: ")
		return nil
	}
	if ctx.Err() != nil {
		return nil // stopped on purpose
	}
	if err != nil {
		halt(err) // a trial with a part of its load measures nothing: end the rest
	}
	return err
}

// addGenerators sums the CPU of generators that ran next to each other, in one cgroup,
// and takes the worst lateness.
func addGenerators(a, b results.Generator) results.Generator {
	return results.Generator{
		CPUSeconds: a.CPUSeconds + b.CPUSeconds, Wall: max(a.Wall, b.Wall), CPUs: max(a.CPUs, b.CPUs),
		LateP50: max(a.LateP50, b.LateP50), LateP99: max(a.LateP99, b.LateP99),
		CPULimit: max(a.CPULimit, b.CPULimit), Periods: max(a.Periods, b.Periods), Throttled: max(a.Throttled, b.Throttled),
		Notes: slices.Concat(a.Notes, b.Notes),
	}
}
