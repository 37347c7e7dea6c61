package conduct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// Load offers the load of scenarios to tenants. [K6] is the one of the harness.
type Load interface {
	// Preflight verifies that a tenant can be used.
	Preflight(ctx context.Context, t scenarios.Tenant) error
	// Prepare makes the documents that a scenario needs and returns where they are.
	Prepare(ctx context.Context, s scenarios.Spec, log *slog.Logger) (documents string, err error)
	// Start starts the generator of a scenario. Its load waits for Begin.
	Start(ctx context.Context, s scenarios.Spec) (Generator, error)
}

// Generator offers the load of one scenario. Wait must be called in all cases.
type Generator interface {
	// Ready waits until the generator could begin.
	Ready(ctx context.Context) error
	// Begin fixes the base instant of the trial. The load begins at the scenario's start.
	Begin(base time.Time) error
	// Progress yields the latest counts until the generator ends.
	Progress() <-chan scenarios.Progress
	// Stop ends the load early.
	Stop()
	// Wait waits for the end and returns what was offered.
	Wait() (results.Generator, []results.Load, error)
}

const (
	readyLimit    = 20 * time.Minute // twice the longest setupTimeout of the scripts here
	readyPatience = 30 * time.Second // until the log reports the wait
)

// leadTime is the time from the announcement of the base instant to it: messages to the
// generators, virtual users, and the preparation of a fault that comes at once.
func (t *trial) leadTime() time.Duration {
	lead := time.Second
	for _, f := range t.planned.Faults {
		lead = max(lead, prepareAhead-f.At)
	}
	return lead
}

// startLoad starts the load generators and sets the base instant once all are ready.
func (t *trial) startLoad(ctx context.Context) (generators []Generator, base clock.Clock, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, stopAll(generators))
		}
	}()
	for _, spec := range t.specs {
		g, err := t.Load.Start(ctx, spec)
		if err != nil {
			return generators, base, fmt.Errorf("start load %s: %w", spec.Generator(), err)
		}
		generators = append(generators, g)
	}
	ready, cancel := context.WithTimeoutCause(ctx, readyLimit, fmt.Errorf("it was not within %s", readyLimit))
	defer cancel()
	for i, g := range generators {
		waiting := time.AfterFunc(readyPatience, func() {
			t.log.Info("waiting for load "+t.specs[i].Generator()+" to get ready: log-ins and setup() of its script", "for", readyPatience)
		})
		err := g.Ready(ready)
		waiting.Stop()
		if err != nil && ready.Err() == nil { // it has ended by itself
			if _, _, why := g.Wait(); why != nil {
				err = why
			}
			generators = slices.Delete(generators, i, i+1)
		}
		if err != nil {
			return generators, base, fmt.Errorf("start load %s: %w", t.specs[i].Generator(), err)
		}
	}
	base = clock.At(time.Now().Add(t.leadTime()))
	for i, g := range generators {
		if err := g.Begin(base.Base()); err != nil {
			return generators, base, fmt.Errorf("start load %s: %w", t.specs[i].Generator(), err)
		}
	}
	return generators, base, nil
}

func stopAll(generators []Generator) error {
	var problems []error
	for _, g := range generators {
		g.Stop()
	}
	for _, g := range generators {
		_, _, err := g.Wait()
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// follow reads a generator's progress until it ends. It stops the generator when ctx
// ends. A generator that fails halts the trial: a part of the load measures nothing.
func (t *trial) follow(ctx context.Context, halt context.CancelCauseFunc, g Generator, spec scenarios.Spec) error {
	stop := context.AfterFunc(ctx, g.Stop)
	defer stop()
	for progress := range g.Progress() {
		t.tally.add(g, progress)
	}
	generator, load, err := g.Wait()
	if err != nil && spec.Share.Several() {
		err = fmt.Errorf("load generator %s: %w", spec.Generator(), err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered(spec, generator, load, err)
	if cause := context.Cause(ctx); errors.Is(cause, errHalted) {
		t.record.Reason = strings.TrimPrefix(cause.Error(), "halted: ")
		return nil
	}
	if ctx.Err() != nil {
		return nil // stopped on purpose
	}
	if err != nil {
		halt(err)
	}
	return err
}

// offered adds to the record what a generator offered. The caller holds mu.
func (t *trial) offered(spec scenarios.Spec, generator results.Generator, load []results.Load, err error) {
	t.record.Load = addLoad(t.record.Load, load)
	t.generators = append(t.generators, generator)
	t.record.Generator = together(t.generators)
	t.record.Problems = union(t.record.Problems, generator.Notes)
	if !spec.Share.Several() && generator.Host == "" {
		return
	}
	generator.Scenario, generator.Index, generator.Of, generator.Load = spec.Name, spec.Share.Index+1, max(spec.Share.Of, 1), load
	if err != nil {
		generator.Err = secret.Clean(err.Error())
	}
	t.record.Generators = append(t.record.Generators, generator)
	slices.SortFunc(t.record.Generators, func(a, b results.Generator) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Index, b.Index))
	})
}

// addLoad adds the loads of a generator to those of the others: arrivals of one journey are
// one load, with any number of generators.
func addLoad(all, more []results.Load) []results.Load {
	for _, l := range more {
		at := slices.IndexFunc(all, func(o results.Load) bool {
			return o.Scenario == l.Scenario && o.Tenant == l.Tenant && o.Journey == l.Journey
		})
		if at < 0 {
			all = append(all, l)
			continue
		}
		all[at].Planned += l.Planned
		all[at].Started += l.Started
		all[at].Dropped += l.Dropped
		all[at].Missed += l.Missed
		all[at].Indexed = all[at].Indexed && l.Indexed
	}
	return all
}

// together is one record of generators that ran next to each other. Those of one host share
// its cgroup, hosts of one node its processors. Other nodes have their own.
func together(generators []results.Generator) results.Generator {
	hosts, nodes := map[string]results.Generator{}, map[string]results.Generator{}
	for _, g := range generators {
		h := hosts[g.Host]
		sum := addGenerators(h, g, max(h.CPUs, g.CPUs), max(h.CPULimit, g.CPULimit))
		sum.Node = cmp.Or(g.Node, g.Host)
		hosts[g.Host] = sum
	}
	limited := true
	for _, name := range slices.Sorted(maps.Keys(hosts)) {
		h := hosts[name]
		n := nodes[h.Node]
		nodes[h.Node] = addGenerators(n, h, max(n.CPUs, h.CPUs), n.CPULimit+h.CPULimit)
		limited = limited && h.CPULimit > 0
	}
	var all results.Generator
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[name]
		all = addGenerators(all, n, all.CPUs+n.CPUs, all.CPULimit+n.CPULimit)
	}
	if !limited { // one without a limit of its own has all processors of its node
		all.CPULimit = 0
	}
	return all
}

// addGenerators adds the CPU time and takes the worst of the rest.
func addGenerators(a, b results.Generator, cpus int, limit float64) results.Generator {
	return results.Generator{
		CPUSeconds: a.CPUSeconds + b.CPUSeconds, Wall: max(a.Wall, b.Wall), CPUs: cpus, CPULimit: limit,
		LateP50: max(a.LateP50, b.LateP50), LateP99: max(a.LateP99, b.LateP99),
		Periods: max(a.Periods, b.Periods), Throttled: max(a.Throttled, b.Throttled),
		Notes: union(slices.Clone(a.Notes), b.Notes),
	}
}

// union appends what is not there yet.
func union(all, more []string) []string {
	for _, each := range more {
		if !slices.Contains(all, each) {
			all = append(all, each)
		}
	}
	return all
}
