package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// passUnchanged runs the tests of all mutants, each package once. A test that fails
// without an edit would let every mutant die.
func passUnchanged(ctx context.Context, all []mutant, together int) error {
	patterns := map[string][]string{}
	for _, m := range all {
		for _, t := range m.tests {
			if !slices.Contains(patterns[t.pkg], t.pattern) {
				patterns[t.pkg] = append(patterns[t.pkg], t.pattern)
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(together)
	for _, pkg := range slices.Sorted(maps.Keys(patterns)) {
		group.Go(func() error {
			out, err := goTest(ctx, test{pkg, strings.Join(patterns[pkg], "|")})
			if err != nil {
				return fmt.Errorf("%s: the tests fail without a mutant:\n%s", pkg, out)
			}
			return nil
		})
	}
	return group.Wait()
}

// dies returns nil when one of the tests fails because of the edit.
func (m mutant) dies(ctx context.Context, dir string) error {
	overlay, err := m.overlay(dir)
	if err != nil {
		return err
	}
	for _, t := range m.tests {
		out, err := goTest(ctx, t, "-overlay", overlay)
		var exit *exec.ExitError
		switch {
		case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
			return fmt.Errorf("%s: %s: does not compile:\n%s", m.at, m, out)
		case strings.Contains(out, "no tests to run"):
			return fmt.Errorf("%s: %s: no test of %s matches %s", m.at, m, t.pkg, t.pattern)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &exit):
			return nil
		case err != nil:
			return fmt.Errorf("run go test: %w", err)
		}
	}
	return fmt.Errorf("%s: SURVIVED: %s", m.at, m)
}

// overlay writes the edited file and what go test -overlay reads, and returns the latter.
func (m mutant) overlay(dir string) (string, error) {
	raw, err := os.ReadFile(m.file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", m.at, err)
	}
	edited, err := m.edit(string(raw))
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	own, err := os.MkdirTemp(dir, "mutant-*")
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(own, filepath.Base(m.file))
	encoded, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(own, "overlay.json")
	return overlay, errors.Join(os.WriteFile(mutated, []byte(edited), 0o600), os.WriteFile(overlay, encoded, 0o600))
}

// goTest runs tests and returns what they printed. A mutant that never ends is stopped.
// Compilers and linkers are short-lived: they need less time when they collect less garbage.
func goTest(ctx context.Context, t test, flags ...string) (string, error) {
	args := append([]string{"test", "-vet=off", "-failfast", "-timeout=60s", "-run", t.pattern}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, t.pkg)...)
	cmd.Env = append(os.Environ(), "GOGC=400")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
