package conduct

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// The manifest has what the targets reported: versions, the setup as found on the spot,
// and each caveat once, although two trials reported it.
func TestManifestOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Setups[0].Lab.Weaknesses = []string{"slow-disk"}
		r.target.Caveats = []string{"CPU is not limited.", "Redis has no password."}
		r.target.Info.Workers, r.target.Info.CPU = 4, 2
		r.Command = "harness run peak.yaml"
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := recorded.Manifest
		got.Schema, got.Host, got.Started = 0, results.Host{}, time.Time{}
		want := results.Manifest{
			Experiment: "peak", Seed: 7, Command: "harness run peak.yaml",
			Versions: map[string]string{"harness": "1", "odoo": "19.0"},
			Setups:   []results.Setup{{Name: "shared", Tenancy: "shared", Workers: 4, CPU: 2}},
			Caveats:  []string{"Planted in shared on purpose: slow-disk.", "CPU is not limited.", "Redis has no password."},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("manifest (-want +got):\n%s", diff)
		}
	})
}

// The trial has the load of all its generators, their CPU together, and the worst of
// their lateness.
func TestTrialOfSeveralGenerators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates = 1
		r.loads["day"] = load{
			generator: results.Generator{CPUSeconds: 30, Wall: 101, CPUs: 2, LateP50: 0.001, LateP99: 0.4, CPULimit: 2, Periods: 1000,
				Throttled: 3, Notes: []string{"a part of the script has no name"}},
			offered: []results.Load{{Scenario: "day", Tenant: "t1", Journey: "orders", Planned: 100, Started: 99, Dropped: 1}},
		}
		r.loads["night"] = load{
			generator: results.Generator{CPUSeconds: 12, Wall: 51, CPUs: 2, LateP50: 0.002, LateP99: 0.1, CPULimit: 2, Periods: 500,
				Throttled: 4, Notes: []string{"iterations of k6's own"}},
			offered: []results.Load{{Scenario: "night", Tenant: "t1", Journey: "batch", Planned: 7, Started: 7}},
		}
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		trial := recorded.Trials[0]
		wantLoad := slices.Concat(r.loads["night"].offered, r.loads["day"].offered) // night ends first
		if diff := cmp.Diff(wantLoad, trial.Load); diff != "" {
			t.Errorf("load (-want +got):\n%s", diff)
		}
		want := results.Generator{CPUSeconds: 42, Wall: 101, CPUs: 2, LateP50: 0.002, LateP99: 0.4, CPULimit: 2, Periods: 1000,
			Throttled: 4, Notes: []string{"iterations of k6's own", "a part of the script has no name"}}
		if diff := cmp.Diff(want, trial.Generator); diff != "" {
			t.Errorf("generator (-want +got):\n%s", diff)
		}
	})
}

// The base instant lies far enough ahead that a fault at the begin of the trial can be
// prepared; otherwise a second after all generators are ready.
func TestBaseInstant(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Duration
		want time.Duration
	}{
		"fault late":    {60 * time.Second, time.Second},
		"fault early":   {time.Second, 2 * time.Second},
		"fault at once": {0, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.experiment.Replicates, r.experiment.Warmup = 1, 0
				r.experiment.Faults[0].At = spec.Moment{Offset: c.at}
				began := time.Now()
				recorded, err := r.run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				trial := recorded.Trials[0]
				if got := trial.Base.Sub(began); got != c.want {
					t.Errorf("base instant after %s, want %s", got, c.want)
				}
				if in := trial.Injections[0]; in.Requested != results.OffsetOf(c.at) {
					t.Errorf("fault requested at %s, want %s", in.Requested.Duration(), c.at)
				}
			})
		})
	}
}

// What could not be read next to the load is a problem of the trial, not an error of the
// run.
func TestProblemsOfATrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates, r.experiment.Faults = 1, nil
		r.unread = []string{"shared/redis: connection refused, 12 times"}
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		trial := recorded.Trials[0]
		want := []string{
			"laws before the load: tenant t1: log in: no database here",
			"shared/redis: connection refused, 12 times",
			"audit: tenant t1: log in: no database here",
		}
		if diff := cmp.Diff(want, trial.Problems); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		if trial.Audit == nil || trial.Audit.Err == "" {
			t.Errorf("audit %+v, want its error", trial.Audit)
		}
	})
}

// The log is shown in lines and kept with times. A generator that needs long to get ready
// is reported.
func TestLogOfATrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates = 1
		r.loads["day"] = load{onReady: func() { time.Sleep(45 * time.Second) }}
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "waiting for load day to get ready: log-ins and setup() of its script"
		if len(r.lines) == 0 || !strings.HasPrefix(r.lines[0], "  "+want) {
			t.Errorf("shown %q, want %q first", r.lines, want)
		}
		if log := r.read("log.txt"); !strings.Contains(log, "time=2000-01-01T00:00:30") || !strings.Contains(log, want) {
			t.Errorf("log.txt has\n%s\nwant the line of 00:00:30", log)
		}
	})
}

// The generator of a scenario gets its tenants, its start, and a seed and a reference of
// the trial.
func TestLoadOfAScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		day, night, second := r.generators[0].spec, r.generators[1].spec, r.generators[2].spec
		if day.Start != 0 || night.Start != 10*time.Second || night.Documents != "documents-night" || night.Script != "night.js" {
			t.Errorf("got %+v and %+v", day, night)
		}
		if len(day.Tenants) != 1 || day.Tenants[0].Role != results.Abiding || day.Tenants[0].URL != "http://t1" || day.Tenants[0].Load != 1 {
			t.Errorf("tenants %+v", day.Tenants)
		}
		if day.Seed == second.Seed || day.Ref == second.Ref || day.Seed != night.Seed || !strings.HasSuffix(second.Ref, "-02") {
			t.Errorf("seeds %d and %d, references %s and %s", day.Seed, second.Seed, day.Ref, second.Ref)
		}
	})
}

// A run that cannot be written does not begin.
func TestRunThatCannotBeWritten(t *testing.T) {
	r := newRig(t)
	r.Root = "/dev/null"
	p, err := r.plan(t.Context(), r.experiment)
	if err != nil {
		t.Fatal(err)
	}
	if dir, err := r.Run(t.Context(), r.experiment, p); err == nil || dir != "" || r.opened != 0 {
		t.Errorf("got %q, %v, and %d targets", dir, err, r.opened)
	}
}
