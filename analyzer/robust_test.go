package analyzer

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"odooharness/results"
)

// What is no ordinary run: each gives findings that say so, never a panic and never
// a number out of nothing.
func TestDegenerateRuns(t *testing.T) {
	all := func(change func(*results.Sample)) func(*results.Trial, []results.Injection, *[]results.Sample) {
		return func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
			for i := range *s {
				change(&(*s)[i])
			}
		}
	}
	tests := []struct {
		name    string
		plant   func(*plant)
		verdict Verdict
	}{
		{"no trials", func(p *plant) { p.replicates = 0 }, Invalid},
		{"no setups", func(p *plant) { p.setups = nil }, Invalid},
		{"one tenant", func(p *plant) { p.tenants = 1; p.rate = 30 }, Pass},
		{"no samples", func(p *plant) {
			p.mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) { *s = nil }
		}, Invalid},
		{"zero successes", func(p *plant) { p.mangle = all(func(s *results.Sample) { s.Outcome = results.ServerError }) }, Invalid},
		{"all timeouts", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Outcome = results.Timeout; s.Ended = s.Intended + off(30) })
		}, Invalid},
		{"all dropped", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Outcome = results.Dropped; s.Ended = s.Intended })
		}, Invalid},
		{"nothing planned", func(p *plant) {
			p.mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) { *t = results.Trial{} }
		}, Inconclusive},
		{"negative times", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Intended, s.Started, s.Ended = -s.Intended, -s.Started, -2*s.Ended })
		}, Invalid},
		{"one second", func(p *plant) { p.seconds = 1; p.outage = false }, Invalid},
		{"unknown outcome", func(p *plant) { p.mangle = all(func(s *results.Sample) { s.Outcome = "novel" }) }, Invalid},
		{"marks in disorder", func(p *plant) {
			p.mangle = func(_ *results.Trial, in []results.Injection, _ *[]results.Sample) {
				in[0].Removed, in[0].InEffect = offp(10), offp(50)
			}
		}, Inconclusive},
		{"target of 100 %", func(p *plant) { p.objectives[0].Target = 1; p.outage = false }, Pass},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := calmPlant(3)
			test.plant(&p)
			j := p.judge()
			sound(t, j)
			if j.Verdict != test.verdict {
				t.Errorf("got %s (%s), want %s", j.Verdict, j.Reason, test.verdict)
			}
		})
	}
}

func TestNoRunIsAnError(t *testing.T) {
	if _, err := Analyze(nil, Options{}); err == nil {
		t.Error("got no error for no run")
	}
}

func TestDamagedFileIsAFinding(t *testing.T) {
	run := calmPlant(5).write(t)
	files, err := filepath.Glob(filepath.Join(run.Trials[0].Dir, "samples*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal("no samples to damage", err)
	}
	if err := os.Truncate(files[0], 1000); err != nil {
		t.Fatal(err)
	}
	j, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, j)
	if j.Verdict != Invalid || first(j.Findings, Invalid).ID != "VAL-005" {
		t.Errorf("got %s: %s, want invalid by VAL-005", j.Verdict, j.Reason)
	}
}

// Random damage to otherwise sound runs: whatever comes out is sound.
func TestRandomDamage(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 15
	}
	for seed := range uint64(n) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := calmPlant(seed)
		p.replicates = 1 + random.IntN(3)
		p.tenants = 1 + random.IntN(5)
		p.seconds = 1 + random.IntN(80)
		p.rate = 12 * random.Float64() * random.Float64()
		p.neighbour = float64(random.IntN(2) * random.IntN(100))
		p.outage = random.IntN(2) == 0
		share := random.Float64() * random.Float64()
		p.mangle = func(trial *results.Trial, in []results.Injection, s *[]results.Sample) {
			damage(random, share, trial, in, s)
		}
		j := p.judge()
		sound(t, j)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// damage changes a share of everything.
func damage(random *rand.Rand, share float64, trial *results.Trial, in []results.Injection, s *[]results.Sample) {
	hit := func() bool { return random.Float64() < share }
	outcomes := append(results.Outcomes(), "novel", "")
	for i := range *s {
		if hit() {
			(*s)[i].Outcome = outcomes[random.IntN(len(outcomes))]
		}
		if hit() {
			(*s)[i].Ended = off(200*random.Float64() - 20)
		}
		if hit() {
			(*s)[i].Intended = off(200*random.Float64() - 20)
		}
	}
	for i := range in {
		for _, mark := range []**results.Offset{&in[i].Injected, &in[i].InEffect, &in[i].Removing, &in[i].Removed, &in[i].Recovered} {
			if hit() {
				*mark = nil
			} else if hit() {
				*mark = offp(100*random.Float64() - 10)
			}
		}
	}
	for i := range trial.Windows {
		if hit() {
			trial.Windows[i].From, trial.Windows[i].To = off(80*random.Float64()), off(80*random.Float64())
		}
	}
	states := []string{results.TrialComplete, results.TrialRunning, results.TrialHalted, results.TrialFailed, "novel"}
	if hit() {
		trial.State = states[random.IntN(len(states))]
	}
	if hit() {
		trial.Length = off(100*random.Float64() - 10)
	}
	if hit() {
		trial.Generator = results.Generator{}
	}
}
