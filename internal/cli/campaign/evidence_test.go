package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// noon is when the tests look at the results.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// twoCells is a campaign of two faults on one setup, in folders of its own.
func twoCells(t *testing.T) *Campaign {
	t.Helper()
	dir := t.TempDir()
	c := &Campaign{Name: "peak", Dir: filepath.Join(dir, "campaigns", "peak"), Runs: filepath.Join(dir, "runs"),
		MaxAge: 48 * time.Hour,
		judged: map[string][]matrix.Outcome{}}
	for _, fault := range []string{"redis", "ingress"} {
		e := Experiment{Name: "hour--" + fault + "--shared--at", Setup: "shared", Fault: fault, Moment: "at", At: "cutoff",
			Expected: time.Minute,
			Versions: map[string]string{"k6": "2.1", "harness": "new"},
			Inputs: []results.Input{{SHA256: fault}, {Path: "setups/shared.yaml", SHA256: "s1"},
				{Path: "dispatch.js", SHA256: "j1"}},
			Wanted: []matrix.Wanted{{Journey: "shipping", Expect: matrix.Expect{Served: 0.9}}}}
		e.File = filepath.Join(c.Dir, "cells", e.Name+".yaml")
		e.Inputs[0].Path = e.File
		c.Experiments = append(c.Experiments, e)
	}
	must(t, os.MkdirAll(filepath.Join(c.Dir, "cells"), 0o755))
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recordedRun is a run that a test writes.
type recordedRun struct {
	started  time.Time
	inputs   []results.Input
	versions map[string]string
	state    string
	reason   string
	missing  bool // its trial was never begun
}

// record writes a run of an experiment, by default whole and three hours before noon.
func record(t *testing.T, c *Campaign, e Experiment, change func(*recordedRun)) {
	t.Helper()
	r := recordedRun{started: noon().Add(-3 * time.Hour), inputs: e.Inputs, state: results.TrialComplete,
		versions: map[string]string{"k6": "2.1", "postgres": "16", "harness": "old"}}
	change(&r)
	plan := `{"trials": [{"name": "01-shared", "replicate": 1}]}`
	w, err := results.Create(c.Runs, results.Manifest{Experiment: e.Name, Started: r.started, Seed: 1, Inputs: r.inputs,
		Versions: r.versions,
		Setups:   []results.Setup{{Name: "shared"}}}, []byte(plan))
	must(t, err)
	if r.missing {
		return
	}
	trial := results.Trial{Name: "01-shared", Setup: "shared", Replicate: 1, Position: 1, Base: r.started.Add(20 * time.Second),
		Length: results.OffsetOf(time.Minute)}
	tw, err := w.CreateTrial(trial)
	must(t, err)
	trial.State, trial.Reason = r.state, r.reason
	must(t, tw.WriteTrial(trial))
}

// A run counts when it is whole, has the inputs and versions of today, and is young enough. The
// matrix names what a run lacks.
func TestEvidence(t *testing.T) {
	same := func(*recordedRun) {}
	const when = "20 November 2026 09:00"
	for name, c := range map[string]struct {
		runs  []func(*recordedRun) // of the first experiment
		other func(*recordedRun)   // of the second; nil: none
		state matrix.State
		why   string
	}{
		"none":  {nil, nil, matrix.None, "It was never run."},
		"whole": {[]func(*recordedRun){same}, nil, matrix.Measured, ""},
		"two days and more": {[]func(*recordedRun){func(r *recordedRun) { r.started = noon().Add(-49 * time.Hour) }}, nil,
			matrix.TooOld, ""},
		"killed": {[]func(*recordedRun){func(r *recordedRun) { r.state = results.TrialRunning }}, nil, matrix.None,
			"The run of " + when + " was interrupted."},
		"killed early": {[]func(*recordedRun){func(r *recordedRun) { r.missing = true }}, nil, matrix.None,
			"The run of " + when + " was interrupted."},
		"stopped": {[]func(*recordedRun){func(r *recordedRun) {
			r.state, r.reason = results.TrialHalted,
				results.StoppedByPerson
		}}, nil,
			matrix.None, "The run of " + when + " was interrupted."},
		"halted by its condition": {[]func(*recordedRun){func(r *recordedRun) {
			r.state, r.reason = results.TrialHalted,
				"halt condition"
		}}, nil,
			matrix.Measured, ""},
		"could not run": {[]func(*recordedRun){func(r *recordedRun) { r.state, r.reason = results.TrialFailed, "no lab" }}, nil,
			matrix.Measured, ""},
		"killed after a whole one": {[]func(*recordedRun){func(r *recordedRun) { r.started = r.started.Add(-time.Hour) },
			func(r *recordedRun) { r.state = results.TrialRunning }}, nil, matrix.Measured, ""},
		"another setup": {[]func(*recordedRun){func(r *recordedRun) {
			r.inputs = []results.Input{r.inputs[0], {Path: "elsewhere/shared.yaml", SHA256: "s0"}, r.inputs[2]}
		}}, nil, matrix.None, "Changed since the run of " + when + ": shared.yaml."},
		"another experiment and script": {[]func(*recordedRun){func(r *recordedRun) { r.inputs = r.inputs[1:2] }}, nil, matrix.None,
			"Changed since the run of " + when + ": the experiment, dispatch.js."},
		"files elsewhere": {[]func(*recordedRun){func(r *recordedRun) {
			r.inputs = []results.Input{{Path: "/x/a.yaml", SHA256: "redis"}, {Path: "/x/b.js", SHA256: "j1"}, {Path: "/x/c.yaml",
				SHA256: "s1"}}
		}}, nil, matrix.Measured, ""},
		"a file more": {[]func(*recordedRun){func(r *recordedRun) {
			r.inputs = append([]results.Input{{Path: "more.yaml", SHA256: "m"}}, r.inputs...)
		}}, nil, matrix.None, "The run of " + when + " had more files."},
		"another k6": {[]func(*recordedRun){func(r *recordedRun) { r.versions["k6"] = "2.0" }}, nil, matrix.None,
			"The run of " + when + " had k6 2.0, and now it is 2.1."},
		"a newer database since": {[]func(*recordedRun){same}, func(r *recordedRun) {
			r.started, r.versions["postgres"] = r.started.Add(time.Hour), "17"
		}, matrix.None, "The run of " + when + " had postgres 16, and now it is 17."},
		"an older database before": {[]func(*recordedRun){same}, func(r *recordedRun) {
			r.started, r.versions["postgres"] = r.started.Add(-time.Hour), "15"
		}, matrix.Measured, ""},
	} {
		t.Run(name, func(t *testing.T) {
			campaign := twoCells(t)
			for _, change := range c.runs {
				record(t, campaign, campaign.Experiments[0], change)
			}
			if c.other != nil {
				record(t, campaign, campaign.Experiments[1], c.other)
			}
			m, err := campaign.Survey(t.Context(), noon())
			must(t, err)
			cell := m.Cells[0]
			if cell.State != c.state || c.why != "" && cell.Why != c.why {
				t.Errorf("%s (%s), want %s (%s)", cell.State, cell.Why, c.state, c.why)
			}
			if counts := cell.Run != ""; counts != (c.state != matrix.None) {
				t.Errorf("run %q of a cell that is %s", cell.Run, cell.State)
			}
		})
	}
}

// performer stands for harness run: it records runs, and what was run.
type performer struct {
	t       *testing.T
	c       *Campaign
	clock   *time.Time
	ran     []string
	perform func(e Experiment) error // in the place of a whole run; nil: a whole run
}

func (p *performer) run(_ context.Context, e Experiment) error {
	p.ran = append(p.ran, e.Fault)
	*p.clock = p.clock.Add(time.Second)
	if p.perform != nil {
		return p.perform(e)
	}
	started := *p.clock
	record(p.t, p.c, e, func(r *recordedRun) { r.started = started })
	*p.clock = p.clock.Add(90 * time.Second)
	return nil
}

// crash ends the runs with a fault with an error, and records all others at once.
func (p *performer) crash(fault, why string) {
	p.perform = func(e Experiment) error {
		if e.Fault == fault {
			return errors.New(why)
		}
		record(p.t, p.c, e, func(r *recordedRun) { r.started = *p.clock })
		return nil
	}
}

func start(t *testing.T, c *Campaign) (*performer, Running) {
	clock := noon()
	p := &performer{t: t, c: c, clock: &clock}
	return p, Running{Perform: p.run, Now: func() time.Time { return clock }}
}

// Each experiment is run once. What has evidence is taken over, and what is too old comes last.
func TestRunTakesOver(t *testing.T) {
	c := twoCells(t)
	p, running := start(t, c)
	must(t, c.Run(t.Context(), running))
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"redis", "ingress"}, p.ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	c.Experiments[1].Inputs[1].SHA256 = "s2" // the setup changed for one of them
	*p.clock = p.clock.Add(72 * time.Hour)   // and the other is too old
	p.ran = nil
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"ingress", "redis"}, p.ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	p.ran = nil
	running.Again = []finding.Verdict{finding.Invalid} // the runs have no samples
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"redis", "ingress"}, p.ran); diff != "" {
		t.Errorf("ran again (-want +got):\n%s", diff)
	}
}

// The campaign ends before an experiment that would exceed the budget. The expected time is
// that of the trials and what earlier runs needed on top: 20 s.
func TestRunKeepsBudget(t *testing.T) {
	for budget, want := range map[time.Duration][]string{
		59 * time.Second:  nil,
		60 * time.Second:  {"redis"},
		170 * time.Second: {"redis"},            // 91 s are spent, and 80 s are needed
		171 * time.Second: {"redis", "ingress"}, // just enough
	} {
		c := twoCells(t)
		c.Budget = budget
		p, running := start(t, c)
		var reported []string
		running.Report = func(line string) { reported = append(reported, line) }
		must(t, c.Run(t.Context(), running))
		if diff := cmp.Diff(want, p.ran); diff != "" {
			t.Errorf("%s: ran (-want +got):\n%s", budget, diff)
		}
		if left := strings.Contains(strings.Join(reported, "\n"), "left for the next time"); left != (len(want) < 2) {
			t.Errorf("%s: reported %q", budget, reported)
		}
	}
}

// A harness that crashes is the result of its cell: the next follows. The next command tries
// it again, once.
func TestRunCrash(t *testing.T) {
	c := twoCells(t)
	p, running := start(t, c)
	p.crash("redis", "harness run ended with signal: killed: out of memory")
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"redis", "ingress"}, p.ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	m, err := c.Survey(t.Context(), *p.clock)
	must(t, err)
	cell := m.Cells[0]
	const why = "The run ended without a result: harness run ended with signal: killed: out of memory."
	if cell.Word() != "invalid" || cell.Why != why || cell.Run != "" {
		t.Errorf("the cell of the crash: %+v", cell)
	}
	p.ran = nil
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]string{"redis"}, p.ran); diff != "" {
		t.Errorf("ran again (-want +got):\n%s", diff)
	}
	p.perform = nil
	must(t, c.Run(t.Context(), running))
	m, err = c.Survey(t.Context(), *p.clock)
	must(t, err)
	if m.Cells[0].Run == "" || strings.Contains(m.Cells[0].Why, "without a result") {
		t.Errorf("after a whole run: %+v", m.Cells[0])
	}
	c.Experiments[0].Inputs[0].SHA256 = "other"
	if m, err = c.Survey(t.Context(), *p.clock); err != nil || !strings.HasPrefix(m.Cells[0].Why, "Changed since") {
		t.Errorf("a crash of another version still counts: %+v, %v", m.Cells[0], err)
	}
}

// A cancelled campaign records no crash, and goes on later.
func TestRunCancelled(t *testing.T) {
	c := twoCells(t)
	p, running := start(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	p.perform = func(Experiment) error { cancel(); return errors.New("harness run ended with exit status 3") }
	if err := c.Run(ctx, running); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	m, err := c.Survey(t.Context(), *p.clock)
	must(t, err)
	if m.Cells[0].Word() != "no evidence" || len(p.ran) != 1 {
		t.Errorf("%+v after %q", m.Cells[0], p.ran)
	}
}

// Two harnesses cannot run one campaign at the same time.
func TestRunLocked(t *testing.T) {
	c := twoCells(t)
	p, running := start(t, c)
	p.perform = func(Experiment) error {
		if err := c.Run(t.Context(), running); err == nil || !strings.Contains(err.Error(), "is run by another harness") {
			return fmt.Errorf("a second run: %w", errors.Join(err, errors.New("want it refused")))
		}
		return errors.New("refused")
	}
	must(t, c.Run(t.Context(), running))
	var last crash
	data, err := os.ReadFile(c.Experiments[0].crashFile())
	must(t, err)
	must(t, json.Unmarshal(data, &last))
	if last.Why != "refused" {
		t.Error(last.Why)
	}
}

// A matrix is read as it was written.
func TestWrite(t *testing.T) {
	c := twoCells(t)
	record(t, c, c.Experiments[0], func(*recordedRun) {})
	m, err := c.Survey(t.Context(), noon())
	must(t, err)
	must(t, c.Write(m))
	again, err := ReadMatrix(filepath.Join(c.Dir, MatrixJSON))
	must(t, err)
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	page, err := os.ReadFile(filepath.Join(c.Dir, MatrixHTML))
	must(t, err)
	for _, text := range []string{"redis", "no evidence", `href="../../runs/hour--redis--shared--at/`,
		"2 cells: 1 invalid, 1 no evidence."} {
		if !strings.Contains(string(page), text) {
			t.Errorf("the page has no %q", text)
		}
	}
}
