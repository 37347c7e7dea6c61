// Package rig is what the end-to-end tests share: an experiment in a folder of its own,
// the harness as a process, and a lab as a target that is already up.
//
//  1. The test package's TestMain calls [Main], so that its binary is the harness.
//  2. [Workspace] lays out the examples and writes a short experiment.
//  3. [StateDir] makes a state folder, whose labs end with the test.
//  4. [Command] starts the harness with that state folder.
//  5. [results.Open] and [Judgement] read what the run left.
//
// For example:
//
//	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
//	out, err := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment).CombinedOutput()
package rig

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/internal/testing/reexec"
	"example.org/odooharness/lab"
)

// Main runs the harness or the tests: see [reexec.Main].
func Main(m *testing.M) { reexec.Main(m) }

// Must ends the test when there is an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// LabTest marks a test that brings a lab up: -short skips it. Such tests mostly wait, so
// they run in parallel.
func LabTest(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("brings a lab up")
	}
	t.Parallel()
}

// ShortExperiment is a trial of a quarter of a minute with one fault at the ingress. FOR
// stands for the fault's length.
const ShortExperiment = `name: short
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 15s, scale: 5, timeout: 5s}
faults:
  - {name: ingress-down, manifest: ../chaos/catalogue/ingress-failure.yaml, at: 5s, for: FOR}
warmup: 3s
seed: 3
`

const shortSetup = `name: short
tenancy: shared
environment: lab
lab: {kind: embedded, workers: 4}
tenants: [{name: t1}, {name: t2}]
`

// Workspace lays out the examples in a folder of its own and writes [ShortExperiment]
// next to them. It returns the path of the experiment; its setup is setup.yaml in the
// same folder.
func Workspace(t *testing.T, forDuration string) (experiment string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), self(t), "init", dir).CombinedOutput(); err != nil {
		t.Fatalf("harness init: %v\n%s", err, out)
	}
	experiment = filepath.Join(dir, "examples", "short.yaml")
	Write(t, experiment, strings.ReplaceAll(ShortExperiment, "FOR", forDuration))
	Write(t, filepath.Join(dir, "examples", "setup.yaml"), shortSetup)
	return experiment
}

// Write writes a file.
func Write(t *testing.T, path, content string) {
	t.Helper()
	Must(t, os.WriteFile(path, []byte(content), 0o600))
}

// Edit changes the content of a file.
func Edit(t *testing.T, path string, change func(content string) string) {
	t.Helper()
	content, err := os.ReadFile(path)
	Must(t, err)
	Write(t, path, change(string(content)))
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	Must(t, err)
	return path
}

// Command is the harness with a state folder.
func Command(ctx context.Context, t *testing.T, state string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, self(t), args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	return cmd
}

// Labs is the folder of the labs of a state folder.
func Labs(state string) string { return filepath.Join(state, "odoo-harness", "labs") }

// StateDir is a state folder for one test. Its path is short: that of a Unix socket has at
// most 108 bytes. Labs that are still up at the end of the test are taken down.
func StateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hs")
	Must(t, err)
	t.Cleanup(func() {
		labs := Labs(dir)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		up, err := lab.List(labs)
		if err != nil {
			t.Error(err)
		}
		for _, l := range up {
			if err := lab.Down(ctx, labs, l.Spec.Name); err != nil {
				t.Error(err)
			}
		}
		if _, err := lab.Sweep(labs); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// LabUp brings a lab up, which ends with the clean-up of [StateDir]. flags are more flags of
// harness lab up.
func LabUp(t *testing.T, state, kind string, tenants int, flags ...string) lab.Status {
	t.Helper()
	args := append([]string{"lab", "up", "--kind", kind, "--tenants", strconv.Itoa(tenants), "--workers", "4"}, flags...)
	up := Command(t.Context(), t, state, args...)
	if out, err := up.CombinedOutput(); err != nil {
		t.Fatalf("lab up: %v\n%s", err, out)
	}
	return OneLab(t, state)
}

// OneLab is the only lab of a state folder.
func OneLab(t *testing.T, state string) lab.Status {
	t.Helper()
	labs, err := lab.List(Labs(state))
	if err != nil || len(labs) != 1 {
		t.Fatalf("%d labs are up, %v; want one", len(labs), err)
	}
	return labs[0]
}

// Judgement reads findings.json of a run.
func Judgement(t *testing.T, run string) (judged analyzer.Judgement) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(run, "findings.json"))
	Must(t, err)
	Must(t, json.Unmarshal(data, &judged))
	return judged
}
