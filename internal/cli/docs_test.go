package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
)

// Every command line in a document, in a code block or in the text, and at the top of
// an example names a command and flags that exist, and files that exist.
func TestDocumentedCommands(t *testing.T) {
	root := filepath.Join("..", "..")
	lines := documentedCommands(t, root)
	if len(lines) < 100 {
		t.Errorf("%d command lines found, which cannot be all", len(lines))
	}
	for _, line := range lines {
		if line.args[0] == "k6" {
			continue // k6's own flags
		}
		cmd, rest, err := newRoot(line.args).Find(line.args)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if !line.whole {
			continue
		}
		if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for _, arg := range line.args {
			if strings.HasPrefix(arg, "examples/") || strings.HasPrefix(arg, "scenarios/") {
				if _, err := os.Stat(filepath.Join(root, arg)); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
	}
}

// The documented commands that only read are run in the repository's root, on a copy of a
// recorded run. None may end with the exit code of a command that could not run.
func TestDocumentedReadingCommands(t *testing.T) {
	recorded := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(recorded, os.DirFS(filepath.Join("..", "..", "results", "examples", "embedded-weakness"))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	peak := filepath.Join(t.TempDir(), "peak") // the tutorial begins with harness init peak
	if code := Run(t.Context(), []string{"init", peak}, Streams{Out: io.Discard, Err: t.Output()}); code != ExitPass {
		t.Fatalf("harness init: exit code %d", code)
	}
	seen := map[string]bool{}
	t.Chdir(filepath.Join("..", ".."))
	for _, line := range documentedCommands(t, ".") {
		reading := []string{"analyze", "compare", "plan", "report", "schema", "trend", "version", "lab status",
			"lab weaknesses", "init"}
		name := line.args[0]
		if name == "lab" && len(line.args) > 1 {
			name += " " + line.args[1]
		}
		text := strings.Join(line.args, " ")
		if !line.whole || !slices.Contains(reading, name) || seen[text] ||
			strings.Contains(text, "kubernetes") || strings.Contains(text, "--connect") || strings.Contains(text, "--rbac") ||
			strings.Contains(text, "s3://") {
			continue
		}
		seen[text] = true
		args := slices.Clone(line.args)
		for i, arg := range args[1:] {
			if strings.HasPrefix(arg, "results/runs/") || strings.HasPrefix(arg, "results/examples/") {
				args[i+1] = recorded
			} else if inside, ok := strings.CutPrefix(arg, "peak/"); ok {
				args[i+1] = filepath.Join(peak, inside)
			}
		}
		if name == "init" {
			args[1] = t.TempDir()
		}
		var out, problems bytes.Buffer
		if code := Run(t.Context(), args, Streams{Out: &out, Err: &problems}); code == ExitCannotRun {
			t.Errorf("%s: %s", line, &problems)
		}
		if out.Len() == 0 && name != "lab status" {
			t.Errorf("%s prints nothing", line)
		}
	}
	t.Logf("%d commands run", len(seen))
	if len(seen) < 12 {
		t.Errorf("%d commands run, which cannot be all", len(seen))
	}
}

// documented is a command line of a document, without the program.
type documented struct {
	file  string
	args  []string
	whole bool // as a user types it, without placeholders
}

func (d documented) String() string { return d.file + ": harness " + strings.Join(d.args, " ") }

// documentedCommands reads the command lines of the documents and of the examples.
func documentedCommands(t *testing.T, root string) []documented {
	t.Helper()
	var all []documented
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "results/examples/*.md", "examples/*.yaml",
		"examples/campaigns/*.yaml", "examples/track-record/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, commandsOf(file, string(source))...)
		}
	}
	return all
}

// commandsOf returns the command lines of one document: lines of a code block or of a
// comment at the top of an example, and code spans.
func commandsOf(file, source string) []documented {
	placeholder := regexp.MustCompile(`\b[A-Z]{1,10}\b|…|\||setup\.yaml|experiment\.yaml`)
	var all []documented
	add := func(command string, whole bool) {
		command = regexp.MustCompile(` +[#|>] .*`).ReplaceAllString(command, "")
		whole = whole && !placeholder.MatchString(command)
		for _, args := range alternatives(strings.Fields(strings.ReplaceAll(command, "…", ""))) {
			all = append(all, documented{file, args, whole})
		}
	}
	block, mark := false, ""
	if filepath.Ext(file) == ".yaml" {
		block, mark = true, "#"
	}
	for _, line := range strings.Split(source, "\n") {
		if strings.HasPrefix(line, "```") {
			block = !block
		}
		text := strings.TrimSpace(strings.TrimPrefix(line, mark))
		command, ok := strings.CutPrefix(strings.TrimPrefix(text, "bin/"), "harness ")
		if !ok || !block && !strings.HasPrefix(line, "    ") {
			continue
		}
		// "plan     examples/x.yaml     what it is": the last column is no argument.
		columns := regexp.MustCompile(` {3,}`).Split(command, -1)
		command = columns[0]
		if len(columns) > 1 && strings.Contains(columns[1], "/") {
			command += " " + columns[1]
		}
		add(command, true)
	}
	for _, m := range regexp.MustCompile("`(?:bin/)?harness ([a-z][^`]*)`").FindAllStringSubmatch(source, -1) {
		add(m[1], false)
	}
	return all
}

// alternatives expands "lab up|down" to "lab up" and "lab down".
func alternatives(args []string) [][]string {
	for i, arg := range args {
		if strings.Contains(arg, "|") {
			var all [][]string
			for _, one := range strings.Split(arg, "|") {
				all = append(all, slices.Concat(args[:i], []string{one}, args[i+1:]))
			}
			return all
		}
	}
	return [][]string{args}
}

// Every example can be planned: schemas, scripts, landmarks, manifests and what the
// local driver can do all agree. What faults would hit on Kubernetes depends on the cluster:
// that part is tested with one.
func TestExamplesPlan(t *testing.T) {
	t.Parallel() // it starts a k6 for each scenario
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.yaml"))
	if err != nil || len(examples) < 2 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	record, err := filepath.Glob(filepath.Join("..", "..", "examples", "track-record", "*.yaml"))
	if err != nil || len(record) < 5 {
		t.Fatalf("%d examples of the track record, %v", len(record), err)
	}
	for _, path := range slices.Concat(examples, record) {
		e, err := experiment.Load(path)
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		planned, err := plan.New(t.Context(), e, oncePerLadder(experiment.Inspect(e)), checkHere)
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		for _, trial := range planned.Trials {
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
func oncePerLadder(inspect plan.Inspector) plan.Inspector {
	known := map[string]plan.Outline{}
	return func(ctx context.Context, s spec.Scenario) (plan.Outline, error) {
		step := s
		step.Name, step.Start, step.Scale = "", spec.Moment{}, 0
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
func checkHere(ctx context.Context, s spec.Setup, m chaos.Manifest) ([]chaos.Component, error) {
	if s.Chaos != nil && s.Chaos.Driver == mesh.Name {
		return []chaos.Component{{Name: s.Components[0].Name, Kind: s.Components[0].Kind}}, nil
	}
	return target.CheckFault(ctx, s, m)
}
