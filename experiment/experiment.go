package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/generators"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// Load reads an experiment file and every file that it names. The error is
// [file.Problems].
func Load(path string) (*spec.Experiment, error) {
	e, err := spec.Load(path, parseManifest)
	var problems file.Problems
	problems.Collect(path, err)
	if e != nil {
		for _, s := range e.Setups {
			problems = append(problems, target.CheckLab(s)...)
		}
		problems = append(problems, generators.Check(e)...)
	}
	return e, problems.Err()
}

// Faults reads the manifests of the faults that an experiment file makes on a setup.
func Faults(path, setup string) ([]chaos.Manifest, error) {
	faults, err := spec.LoadFaults(path, setup, parseManifest)
	manifests := make([]chaos.Manifest, 0, len(faults))
	for _, f := range faults {
		manifests = append(manifests, f.Manifest)
	}
	return manifests, err
}

// Plan lays an experiment out. It contacts no target, except that it lists the pods of
// setups on Kubernetes. The error is [file.Problems].
func Plan(ctx context.Context, e *spec.Experiment) (*plan.Plan, error) {
	return plan.New(ctx, e, Inspect(e), target.CheckFault)
}

// Inspect returns an inspector that runs the scripts of an experiment for what they
// declare.
func Inspect(e *spec.Experiment) plan.Inspector {
	return func(ctx context.Context, s spec.Scenario) (plan.Outline, error) {
		k6 := scenarios.Spec{
			Name: s.Name, Script: s.Script, Duration: s.Duration, Scale: s.Scale, Seed: e.Seed, Env: s.Env, Timeout: s.Timeout,
		}
		for _, name := range s.Tenants {
			k6.Tenants = append(k6.Tenants, scenarios.Tenant{
				Tenant: results.Tenant{Name: name, Role: e.Tenants[name]}, Transport: s.Transport, Load: 1})
		}
		outline, err := scenarios.Inspect(ctx, k6)
		if err != nil {
			return plan.Outline{}, err
		}
		return plan.Outline{Landmarks: outline.Landmarks, Expected: outline.Planned, Insecure: outline.Insecure}, nil
	}
}

// parseManifest reads a fault manifest and reports its problems in the form of the
// other files'.
func parseManifest(path string, raw []byte) (chaos.Manifest, error) {
	m, err := parseSafely(path, raw, manifest.Parse)
	if err == nil {
		return m, nil
	}
	var problems file.Problems
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, each := range all {
		var p *manifest.Problem
		if errors.As(each, &p) {
			problems = append(problems, file.Problem{File: p.File, Line: p.Line, Field: p.At, What: p.What})
			continue
		}
		problems.Collect(path, each)
	}
	return m, problems.Err()
}

// parseSafely turns a panic into a problem of the file: validators of third parties run
// on what a person has written.
func parseSafely(path string, raw []byte, parse spec.ParseManifest) (m chaos.Manifest, err error) {
	defer func() {
		if p := recover(); p != nil {
			var head struct {
				Kind string `yaml:"kind"`
			}
			_ = yaml.Unmarshal(raw, &head) // without a kind it is a manifest as well
			what := strings.TrimSpace(head.Kind + " manifest")
			err = file.Problem{File: path, What: fmt.Sprintf("the %s cannot be checked: its validator failed with: %v", what, p),
				Remedy: "compare it with chaos/catalogue, and report this as a defect of the harness"}
		}
	}()
	return parse(path, raw)
}
