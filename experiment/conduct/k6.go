package conduct

import (
	"context"
	"fmt"
	"log/slog"

	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/remote"
)

// K6 offers load by k6 scripts, each in a process of its own.
type K6 struct{}

// Preflight implements [Load].
func (K6) Preflight(ctx context.Context, t scenarios.Tenant) error {
	return scenarios.Preflight(ctx, t)
}

// Prepare implements [Load].
func (K6) Prepare(ctx context.Context, s scenarios.Spec, log *slog.Logger) (documents string, err error) {
	outline, err := scenarios.Inspect(ctx, s)
	if err != nil {
		return "", fmt.Errorf("inspect %s: %w", s.Script, err)
	}
	if documents, err = scenarios.Seed(ctx, s, outline, log); err != nil {
		return "", fmt.Errorf("seed %s: %w", s.Name, err)
	}
	return documents, nil
}

// Start implements [Load].
func (K6) Start(ctx context.Context, s scenarios.Spec) (Generator, error) {
	s.Held = true
	child, err := scenarios.Start(ctx, s)
	if err != nil {
		return nil, err // not a nil child in a Generator
	}
	return child, nil
}

// Remote offers load by k6 scripts on other hosts. Documents are made from here, once.
type Remote struct {
	K6
	Coordinator *remote.Coordinator
}

// Preflight implements [Load]. A generator that is lost is missed by every later trial.
func (r Remote) Preflight(ctx context.Context, t scenarios.Tenant) error {
	if err := r.Coordinator.Complete(); err != nil {
		return err
	}
	return r.K6.Preflight(ctx, t)
}

// Start implements [Load].
func (r Remote) Start(ctx context.Context, s scenarios.Spec) (Generator, error) {
	g, err := r.Coordinator.Start(ctx, s)
	if err != nil {
		return nil, err // not a nil generator in a Generator
	}
	return g, nil
}
