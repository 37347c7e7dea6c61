package analyzer

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/results"
)

// What is no ordinary run: each gives findings that say so, never a panic and never
// a number out of nothing.
func TestDegenerateRuns(t *testing.T) {
	t.Parallel()
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
		says    string // a finding, in its words
	}{
		{"no trials", func(p *plant) { p.replicates = 0 }, Invalid, ""},
		{"no setups", func(p *plant) { p.setups = nil }, Invalid, ""},
		{"one tenant", func(p *plant) { p.tenants = 1; p.rate = 30 }, Pass, "ISO-001 There is one tenant"},
		{"no samples", func(p *plant) {
			p.mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) { *s = nil }
		}, Invalid, "VAL-006 No journey of an abiding tenant was recorded while calm"},
		{"empty windows", func(p *plant) {
			p.mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
				*s = slices.DeleteFunc(*s, func(s results.Sample) bool { return s.Intended < off(40) })
			}
		}, Invalid, "RES-001 not known, no undisturbed window to compare with"},
		{"zero successes", func(p *plant) { p.mangle = all(func(s *results.Sample) { s.Outcome = results.ServerError }) }, Invalid,
			"VAL-006 None of 2250 journeys was served while calm"},
		{"all timeouts", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Outcome = results.Timeout; s.Ended = s.Intended + off(30) })
		}, Invalid, "LAT-002 None of 1359 was served: 1359 timeout"},
		{"all dropped", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Outcome = results.Dropped; s.Ended = s.Intended })
		}, Invalid, "LAT-002 None of 1359 was served: 1359 dropped"},
		{"nothing planned", func(p *plant) {
			p.mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) { *t = results.Trial{} }
		}, Inconclusive, ""},
		{"negative times", func(p *plant) {
			p.mangle = all(func(s *results.Sample) { s.Intended, s.Started, s.Ended = -s.Intended, -s.Started, -2*s.Ended })
		}, Invalid, ""},
		{"one second", func(p *plant) { p.seconds = 1; p.outage = false }, Invalid, ""},
		{"unknown outcome", func(p *plant) { p.mangle = all(func(s *results.Sample) { s.Outcome = "novel" }) }, Invalid, ""},
		{"marks in disorder", func(p *plant) {
			p.mangle = func(_ *results.Trial, in []results.Injection, _ *[]results.Sample) {
				in[0].Removed, in[0].InEffect = offp(10), offp(50)
			}
		}, Inconclusive, ""},
		{"target of 100 %", func(p *plant) { p.objectives[0].Target = 1; p.outage = false }, Pass, ""},
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
			if test.says != "" && !saysSo(j, test.says) {
				t.Errorf("no finding says %q", test.says)
			}
		})
	}
}

// saysSo looks for "ID words" among the findings.
func saysSo(j *Judgement, says string) bool {
	id, words, _ := strings.Cut(says, " ")
	return slices.ContainsFunc(j.Findings, func(f Finding) bool {
		return f.ID == id && strings.Contains(strings.Join(f.Because, " "), words)
	})
}

// A probe that wrote NaN is said, and no figure is made from it: the mean of a step
// that holds one is not "full".
func TestReadingsThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	p := calmPlant(2)
	p.setups, p.replicates = []string{"multi-tenant"}, 1
	run := p.write(t)
	run.Manifest.Capacity = &results.Capacity{P95: 1, Errors: 0.01, Delivered: 0.99}
	w := results.Window{Name: "mix-1", Kind: results.WindowBaseline, Step: &results.Step{Scenario: "mix", Level: 1}, From: off(5), To: off(35)}
	run.Trials[0].Windows = []results.Window{w}
	writeTable(t, run.Trials[0].Dir, "series", []results.Point{
		{At: w.From + 1, Series: "host.cpu", Component: "host", Value: math.NaN(), Better: "lower"},
		{At: w.From + 2, Series: "host.cpu", Component: "host", Value: 0.5, Better: "lower"},
		{At: w.From + 3, Series: "odoo.queue.waiting", Component: "shared/odoo", Value: math.Inf(1), Better: "lower"},
	})
	j, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, j)
	for _, says := range []string{"VAL-010 1 readings of host.cpu of host are no numbers", "VAL-010 1 readings of odoo.queue.waiting",
		"CAP-003 Nothing that was read reached its limit"} {
		if !saysSo(j, says) {
			t.Errorf("no finding says %q", says)
		}
	}
}

func TestNoRunIsAnError(t *testing.T) {
	if _, err := Analyze(nil, Options{}); err == nil {
		t.Error("got no error for no run")
	}
}

func TestDamagedFileIsAFinding(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	randomDamage(t, 15)
}

func randomDamage(t *testing.T, runs uint64) {
	t.Helper()
	for seed := range runs {
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
