package conduct

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/remote"
)

// divide gives the experiment of a rig several generators and one trial, each generator
// with its stripe of 93 planned arrivals.
func (r *rig) divide(generators int) {
	r.experiment.Replicates = 1
	r.experiment.Generators = spec.Generators{Count: generators, Engine: spec.EngineLocal}
	r.ofShare = func(s scenarios.Spec, l *load) {
		n := int64(30 + s.Share.Index)
		l.offered = []results.Load{{Scenario: s.Name, Tenant: "t1", Journey: "orders", Planned: n, Started: n - 1, Dropped: 1}}
		l.generator = results.Generator{CPUSeconds: float64(10 + s.Share.Index), Wall: 100, CPUs: 2,
			LateP99: float64(s.Share.Index+1) / 1000, Notes: []string{"a part of " + s.Name + " has no name"}}
	}
}

// Each scenario has its generators, all of which begin at the one base instant. Their loads
// add up to one; each has its own record.
func TestTrialWithDividedLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.divide(3)
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.checkNothingRuns()
		var shares []scenarios.Share
		for _, g := range r.generators {
			shares = append(shares, g.spec.Share)
			if g.spec.Documents != "documents-"+g.spec.Name {
				t.Errorf("generator %s has the documents %s", g.spec.Generator(), g.spec.Documents)
			}
			if want := recorded.Trials[0].Base.Add(g.spec.Start); !g.from.Equal(want) {
				t.Errorf("generator %s began at %s, want %s", g.spec.Generator(), g.from, want)
			}
		}
		three := []scenarios.Share{{Index: 0, Of: 3}, {Index: 1, Of: 3}, {Index: 2, Of: 3}}
		if diff := cmp.Diff(append(three, three...), shares); diff != "" {
			t.Errorf("shares (-want +got):\n%s", diff)
		}
		trial := recorded.Trials[0]
		wantLoad := []results.Load{ // night ends first
			{Scenario: "night", Tenant: "t1", Journey: "orders", Planned: 93, Started: 90, Dropped: 3},
			{Scenario: "day", Tenant: "t1", Journey: "orders", Planned: 93, Started: 90, Dropped: 3},
		}
		if diff := cmp.Diff(wantLoad, trial.Load); diff != "" {
			t.Errorf("load (-want +got):\n%s", diff)
		}
		wantAll := results.Generator{CPUSeconds: 66, Wall: 100, CPUs: 2, LateP99: 0.003,
			Notes: []string{"a part of night has no name", "a part of day has no name"}}
		if diff := cmp.Diff(wantAll, trial.Generator); diff != "" {
			t.Errorf("all generators (-want +got):\n%s", diff)
		}
		for _, note := range wantAll.Notes {
			if n := strings.Count(strings.Join(trial.Problems, "\n"), note); n != 1 {
				t.Errorf("%q is %d times among the problems %q, want once", note, n, trial.Problems)
			}
		}
		if len(trial.Generators) != 6 {
			t.Fatalf("%d records of generators, want 6", len(trial.Generators))
		}
		want := results.Generator{Scenario: "day", Index: 2, Of: 3, CPUSeconds: 11, Wall: 100, CPUs: 2, LateP99: 0.002,
			Notes: []string{"a part of day has no name"},
			Load:  []results.Load{{Scenario: "day", Tenant: "t1", Journey: "orders", Planned: 31, Started: 30, Dropped: 1}}}
		if diff := cmp.Diff(want, trial.Generators[1]); diff != "" {
			t.Errorf("second generator (-want +got):\n%s", diff)
		}
	})
}

// One generator dies while the fault is in effect: the others are stopped, the fault is
// reverted, and the trial fails with its name.
func TestOneOfSeveralGeneratorsDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.divide(3)
		share := r.ofShare
		r.ofShare = func(s scenarios.Spec, l *load) {
			share(s, l)
			if s.Name == "day" && s.Share.Index == 1 {
				l.fails, l.err, l.offered = 65*time.Second, errors.New("signal: killed"), nil
			}
		}
		began := time.Now()
		recorded, err := r.run(t.Context())
		const reason = "load generator day 2 of 3: signal: killed"
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("the run ended with %v, want %q", err, reason)
		}
		r.checkNothingRuns()
		trial := recorded.Trials[0]
		if trial.State != results.TrialFailed || !strings.Contains(trial.Reason, reason) {
			t.Errorf("trial is %s: %s", trial.State, trial.Reason)
		}
		if in := trial.Injections[0]; in.InEffect == nil || in.Recovered == nil {
			t.Errorf("injection %+v, want it in effect and recovered", in)
		}
		if took := time.Since(began); took > 75*time.Second {
			t.Errorf("the trial ended after %s, and the generator after 66 s", took)
		}
		for _, g := range trial.Generators {
			if (g.Err != "") != (g.Name() == "day 2 of 3") {
				t.Errorf("generator %s: %q", g.Name(), g.Err)
			}
		}
	})
}

// Generators of one host share its processors. Those of two hosts have both: two hosts at
// half of their processors are at half together, and not at the limit of one.
func TestGeneratorsOfSeveralHosts(t *testing.T) {
	g := func(host string, seconds float64, cpus int, limit float64) results.Generator {
		return results.Generator{Host: host, CPUSeconds: seconds, Wall: 100, CPUs: cpus, CPULimit: limit}
	}
	at := func(node string, g results.Generator) results.Generator {
		g.Node = node
		return g
	}
	for name, c := range map[string]struct {
		all  []results.Generator
		want results.Generator
	}{
		"one machine":          {[]results.Generator{g("", 40, 2, 1.5), g("", 60, 2, 1.5)}, g("", 100, 2, 1.5)},
		"two hosts":            {[]results.Generator{g("a", 100, 2, 0), g("b", 100, 2, 0)}, g("", 200, 4, 0)},
		"two scripts a host":   {[]results.Generator{g("a", 10, 2, 1), g("b", 20, 4, 2), g("a", 30, 2, 1), g("b", 40, 4, 2)}, g("", 100, 6, 3)},
		"two pods of a node":   {[]results.Generator{at("n1", g("a", 90, 2, 0)), at("n1", g("b", 90, 2, 0)), at("n2", g("c", 10, 2, 0))}, g("", 190, 4, 0)},
		"two limits of a node": {[]results.Generator{at("n1", g("a", 50, 8, 1)), at("n1", g("b", 50, 8, 2))}, g("", 100, 8, 3)},
		"one host has a limit": {[]results.Generator{g("a", 10, 8, 2), g("b", 20, 4, 0)}, g("", 30, 12, 0)},
	} {
		if diff := cmp.Diff(c.want, together(c.all)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A generator that is missing ends a trial in preflight, before a document is seeded.
func TestMissingGeneratorEndsThePreflight(t *testing.T) {
	c, err := remote.Listen(t.Context(), remote.Config{Listen: "127.0.0.1:0", Of: 1, Clock: remote.HostClock()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var load Load = Remote{Coordinator: c}
	if err := load.Preflight(t.Context(), scenarios.Tenant{}); err == nil || !strings.Contains(err.Error(), "generator 1 of 1 is not there") {
		t.Errorf("got %v", err)
	}
}
