package plan

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// small is an experiment on two setups with a neighbour and one fault.
func small() *spec.Experiment {
	return &spec.Experiment{
		Path: "small.yaml", Name: "small", Tenants: map[string]results.Role{"t1": results.Abiding, "t2": results.Disruptive},
		Setups: []spec.Setup{{Name: "a", Lab: &spec.LabTarget{}}, {Name: "b", Lab: &spec.LabTarget{}}},
		Scenarios: []spec.Scenario{
			{Name: "dispatch", Script: "dispatch.js", Tenants: []string{"t1"}, Duration: 100 * time.Second},
			{Name: "neighbour", Script: "noisy.js", Tenants: []string{"t2"}, Start: spec.Moment{Landmark: "cutoff", Offset: -60 * time.Second},
				Duration: 20 * time.Second},
		},
		Faults: []spec.Fault{{Name: "pg", At: spec.Moment{Landmark: "cutoff", Offset: -20 * time.Second}, For: 5 * time.Second,
			Manifest: chaos.Manifest{Kind: "PostgresChaos", Action: "restart", Class: "database"}}},
		Warmup: 10 * time.Second, Replicates: 2, Order: "ABBA", Seed: 7,
	}
}

func inspectSmall(_ context.Context, s spec.Scenario) (Outline, error) {
	if s.Name == "dispatch" {
		return Outline{Landmarks: map[string]time.Duration{"cutoff": 80 * time.Second},
			Expected: []results.Load{{Scenario: "dispatch", Tenant: "t1", Journey: "orders", Planned: 50}}}, nil
	}
	return Outline{}, nil
}

func hitsDatabase(context.Context, spec.Setup, chaos.Manifest) ([]chaos.Component, error) {
	return []chaos.Component{{Name: "shared/postgres", Tenants: []string{"t2", "t1"}}}, nil
}

func TestPlanWindows(t *testing.T) {
	plan, err := New(t.Context(), small(), inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	type window struct {
		name, kind string
		from, to   float64
	}
	var got []window
	for _, w := range plan.Trials[0].Windows {
		got = append(got, window{w.Name, w.Kind, w.From.Seconds(), w.To.Seconds()})
	}
	want := []window{
		{"warmup", "warmup", 0, 10},
		{"baseline", "baseline", 10, 20},
		{"neighbour", "neighbour", 20, 40},
		{"after:neighbour", "aftermath", 40, 60},
		{"fault:pg", "fault", 60, 65},
		{"after:pg", "recovery", 65, 100},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(window{})); diff != "" {
		t.Error(diff)
	}
	if got, want := plan.Trials[0].Faults[0].Tenants, []string{"t1", "t2"}; !cmp.Equal(got, want) {
		t.Errorf("blast radius %v, want %v", got, want)
	}
	if got, want := plan.Total, 400*time.Second; got != want {
		t.Errorf("total %s, want %s", got, want)
	}
}

// Both setups of a replicate must get the same arrivals, and replicates must not
// repeat each other.
func TestPlanOrderAndSeeds(t *testing.T) {
	plan, err := New(t.Context(), small(), inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, trial := range plan.Trials {
		order = append(order, trial.Setup)
	}
	if got, want := strings.Join(order, ""), "abba"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	seeds := [4]uint64{}
	for i, trial := range plan.Trials {
		seeds[i] = trial.Seed
		if trial.Seed >= 1<<53 {
			t.Errorf("seed %d is not exact as a JavaScript number", trial.Seed)
		}
	}
	if seeds[0] != seeds[1] || seeds[2] != seeds[3] || seeds[0] == seeds[2] {
		t.Errorf("seeds %v, want the same within a replicate alone", seeds)
	}
}

// Under a drift of one unit a slot over 8 slots, mean(B)-mean(A) is biased by 1
// for ABAB and by nothing for ABBA (docs/methods.md, Design against drift).
func TestOrderCancelsDrift(t *testing.T) {
	for order, want := range map[string]float64{"ABBA": 0, "AB": 1} {
		e := small()
		e.Replicates, e.Order = 4, order
		var bias float64
		for _, s := range slots(e) {
			drift := float64(s.position) / 4
			if s.setup == 0 {
				drift = -drift
			}
			bias += drift
		}
		if bias != want {
			t.Errorf("%s: bias %v, want %v", order, bias, want)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*spec.Experiment)
		check  Checker
		want   string
	}{
		{"fault after the end", func(e *spec.Experiment) { e.Faults[0].At = spec.Moment{Offset: 98 * time.Second} }, hitsDatabase,
			"lies outside the measured part"},
		{"fault in the warm-up", func(e *spec.Experiment) { e.Faults[0].At = spec.Moment{Offset: time.Second} }, hitsDatabase,
			"lies outside the measured part"},
		{"unknown landmark", func(e *spec.Experiment) { e.Faults[0].At = spec.Moment{Landmark: "lunch"} }, hitsDatabase,
			`landmark "lunch" is not declared`},
		{"overlap", func(e *spec.Experiment) {
			second := e.Faults[0]
			second.Name, second.At.Offset = "redis", -17*time.Second
			e.Faults = append(e.Faults, second)
		}, hitsDatabase, "overlaps pg"},
		{"cannot be realised", func(*spec.Experiment) {}, func(context.Context, spec.Setup, chaos.Manifest) ([]chaos.Component, error) {
			return nil, errors.New("spec.loss: a TCP proxy loses nothing")
		}, "spec.loss: a TCP proxy loses nothing"},
		{"not allowed", func(e *spec.Experiment) { e.Setups[1].Chaos = &spec.ChaosScope{Allow: []string{"shared/redis"}} }, hitsDatabase,
			"does not allow"},
		{"nothing but warm-up", func(e *spec.Experiment) { e.Warmup = 2 * time.Minute }, hitsDatabase, "leaves nothing"},
	}
	for _, tt := range tests {
		e := small()
		tt.change(e)
		_, err := New(t.Context(), e, inspectSmall, tt.check)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// A twin follows each trial with a fault, with its arrivals and nothing else.
func TestPlanTwins(t *testing.T) {
	e := small()
	e.Twin, e.Faults[0].Setups = true, []string{"a"}
	plan, err := New(t.Context(), e, inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name            string
		Replicate       int
		Twin            bool
		Faults, Windows int
	}
	var got []row
	for _, p := range plan.Trials {
		got = append(got, row{p.Name, p.Replicate, p.Twin, len(p.Faults), len(p.Windows)})
	}
	want := []row{{"01-a", 1, false, 1, 6}, {"02-a-twin", 1, true, 0, 4}, {"03-b", 1, false, 0, 4},
		{"04-b", 2, false, 0, 4}, {"05-a", 2, false, 1, 6}, {"06-a-twin", 2, true, 0, 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if plan.Trials[0].Seed != plan.Trials[1].Seed {
		t.Error("a twin has other arrivals")
	}
}

// A step that expects fewer arrivals than a P95 needs is refused with what it needs.
func TestPlanRefusesSparseLadder(t *testing.T) {
	e := small()
	e.Faults, e.Ladder = nil, &spec.Ladder{Scenario: "dispatch", Settle: 10 * time.Second,
		Steps: map[string]results.Step{"dispatch": {Scenario: "dispatch", Level: 0.5}}}
	_, err := New(t.Context(), e, inspectSmall, hitsDatabase)
	if err != nil {
		t.Fatalf("45 arrivals: %v", err)
	}
	e.Ladder.Settle = 40 * time.Second
	_, err = New(t.Context(), e, inspectSmall, hitsDatabase)
	if err == nil || !strings.Contains(err.Error(), "the step at scale 0.5 expects 30 arrivals in a trial, and a P95 needs 40") ||
		!strings.Contains(err.Error(), "lengthen the scenario to 140s") {
		t.Errorf("got %v", err)
	}
}
