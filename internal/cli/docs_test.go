package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment"
)

// Every command line in the README and the tutorial names a command and flags that
// exist, and files that are there.
func TestDocumentedCommands(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	for _, doc := range []string{"README.md", "docs/tutorial.md"} {
		for _, line := range commandLines(t, filepath.Join(root, doc)) {
			seen++
			args := strings.Fields(line)
			if args[0] == "k6" {
				continue // k6's own flags
			}
			cmd, rest, err := newRoot(args).Find(args)
			if err != nil {
				t.Errorf("%s: harness %s: %v", doc, line, err)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%s: harness %s: %v", doc, line, err)
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: harness %s: %v", doc, line, err)
			}
			for _, arg := range args {
				if strings.HasPrefix(arg, "examples/") || strings.HasPrefix(arg, "scenarios/") {
					if _, err := os.Stat(filepath.Join(root, arg)); err != nil {
						t.Errorf("%s: harness %s: %v", doc, line, err)
					}
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d command lines found, which cannot be all", seen)
	}
}

// commandLines are the harness commands in the shell blocks of a document, without
// the program and comments.
func commandLines(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var lines []string
	inside := false
	for scan := bufio.NewScanner(file); scan.Scan(); {
		line := scan.Text()
		if strings.HasPrefix(line, "```") {
			inside = line == "```sh"
			continue
		}
		command, ok := strings.CutPrefix(line, "bin/harness ")
		if !inside || !ok {
			continue
		}
		command, _, _ = strings.Cut(command, " #")
		lines = append(lines, strings.TrimSpace(command))
	}
	return lines
}

// Every example can be planned: schemas, scripts, landmarks, manifests and what the
// local driver can do all agree. What faults would hit on Kubernetes is for the cluster
// to say: that part is tested with one.
func TestExamplesPlan(t *testing.T) {
	t.Parallel() // it starts a k6 for each scenario
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.yaml"))
	if err != nil || len(examples) < 2 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, path := range examples {
		e, err := experiment.Load(path)
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		plan, err := e.Plan(t.Context(), oncePerLadder(experiment.InspectScript(e)), checkHere)
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		for _, trial := range plan.Trials {
			for _, burst := range trial.Bursts {
				var expected int64
				for _, load := range burst.Expected {
					expected += load.Planned
				}
				if expected == 0 {
					t.Errorf("%s: %s offers no load in %s", path, burst.Scenario, trial.Name)
				}
			}
		}
	}
}

// oncePerLadder reads a script once for all steps of an experiment's ladder, which differ
// in name, start and the number of arrivals alone.
func oncePerLadder(inspect experiment.Inspector) experiment.Inspector {
	known := map[string]experiment.Burst{}
	return func(ctx context.Context, s experiment.Scenario) (experiment.Burst, error) {
		step := s
		step.Name, step.Start, step.Scale = "", experiment.Moment{}, 0
		key := fmt.Sprintf("%+v", step)
		if burst, ok := known[key]; ok {
			return burst, nil
		}
		burst, err := inspect(ctx, s)
		if err == nil {
			known[key] = burst
		}
		return burst, err
	}
}

// checkHere is the checker of a plan, without a cluster.
func checkHere(ctx context.Context, s experiment.Setup, m chaos.Manifest) ([]chaos.Component, error) {
	if s.Chaos != nil && s.Chaos.Driver == mesh.Name {
		return []chaos.Component{{Name: s.Components[0].Name, Kind: s.Components[0].Kind}}, nil
	}
	return experiment.CheckFault(ctx, s, m)
}
