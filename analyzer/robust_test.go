package analyzer_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Degenerate runs: each gives findings that state the defect, never a panic and never a
// number without data.
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
		plant   func(*synthetic.Plant)
		verdict finding.Verdict
		says    string // a finding, in its words
	}{
		{"no trials", func(p *synthetic.Plant) { p.Replicates = 0 }, finding.Invalid, ""},
		{"no setups", func(p *synthetic.Plant) { p.Setups = nil }, finding.Invalid, ""},
		{"one tenant", func(p *synthetic.Plant) { p.Tenants = 1; p.Rate = 30 }, finding.Pass, "ISO-001 The setup has one tenant"},
		{"no samples", func(p *synthetic.Plant) {
			p.Mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) { *s = nil }
		}, finding.Invalid, "VAL-006 No journey of an abiding tenant was recorded in a calm window"},
		{"empty windows", func(p *synthetic.Plant) {
			p.Mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
				*s = slices.DeleteFunc(*s, func(s results.Sample) bool { return s.Intended < synthetic.At(40) })
			}
		}, finding.Invalid, "RES-001 cannot be determined, no calm window to compare with"},
		{"zero successes", func(p *synthetic.Plant) { p.Mangle = all(func(s *results.Sample) { s.Outcome = results.ServerError }) }, finding.Invalid,
			"VAL-006 None of 2,250 journeys in calm windows was served"},
		{"all timeouts", func(p *synthetic.Plant) {
			p.Mangle = all(func(s *results.Sample) { s.Outcome = results.Timeout; s.Ended = s.Intended + synthetic.At(30) })
		}, finding.Invalid, "LAT-002 None of 1,359 arrivals served: 1,359 timeout"},
		{"all dropped", func(p *synthetic.Plant) {
			p.Mangle = all(func(s *results.Sample) { s.Outcome = results.Dropped; s.Ended = s.Intended })
		}, finding.Invalid, "LAT-002 None of 1,359 arrivals served: 1,359 dropped"},
		{"nothing planned", func(p *synthetic.Plant) {
			p.Mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) { *t = results.Trial{} }
		}, finding.Inconclusive, ""},
		{"negative times", func(p *synthetic.Plant) {
			p.Mangle = all(func(s *results.Sample) { s.Intended, s.Started, s.Ended = -s.Intended, -s.Started, -2*s.Ended })
		}, finding.Invalid, ""},
		{"one second", func(p *synthetic.Plant) { p.Seconds = 1; p.Outage = false }, finding.Invalid, ""},
		{"unknown outcome", func(p *synthetic.Plant) { p.Mangle = all(func(s *results.Sample) { s.Outcome = "novel" }) }, finding.Invalid, ""},
		{"marks in disorder", func(p *synthetic.Plant) {
			p.Mangle = func(_ *results.Trial, in []results.Injection, _ *[]results.Sample) {
				in[0].Removed, in[0].InEffect = synthetic.Mark(10), synthetic.Mark(50)
			}
		}, finding.Invalid, "VAL-003 pg was in effect 10 s after its planned moment, when its planned window had ended."},
		{"target of 100 %", func(p *synthetic.Plant) { p.Objectives[0].Target = 1; p.Outage = false }, finding.Pass, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := synthetic.Calm(3)
			test.plant(&p)
			j := p.Judge()
			synthetic.Sound(t, j)
			if j.Verdict != test.verdict {
				t.Errorf("got %s (%s), want %s", j.Verdict, j.Reason, test.verdict)
			}
			if test.says != "" && !synthetic.Contains(j, test.says) {
				t.Errorf("no finding says %q", test.says)
			}
		})
	}
}

// A probe that wrote NaN is reported, and no figure uses it: the mean of a step that
// contains one is not "full".
func TestReadingsThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	p := synthetic.Calm(2)
	p.Setups, p.Replicates = []string{"multi-tenant"}, 1
	recorded := p.Write(t)
	recorded.Manifest.Capacity = &results.Capacity{P95: 1, Errors: 0.01, Delivered: 0.99}
	w := results.Window{Name: "mix-1", Kind: results.WindowBaseline, Step: &results.Step{Scenario: "mix", Level: 1}, From: synthetic.At(5), To: synthetic.At(35)}
	recorded.Trials[0].Windows = []results.Window{w}
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", []results.Point{
		{At: w.From + 1, Series: "host.cpu", Component: "host", Value: math.NaN(), Better: "lower"},
		{At: w.From + 2, Series: "host.cpu", Component: "host", Value: 0.5, Better: "lower"},
		{At: w.From + 3, Series: "odoo.queue.waiting", Component: "shared/odoo", Value: math.Inf(1), Better: "lower"},
	})
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synthetic.Sound(t, j)
	for _, says := range []string{"VAL-010 1 reading of host.cpu of host not finite", "VAL-010 1 reading of odoo.queue.waiting",
		"CAP-003 No resource with telemetry reached its limit"} {
		if !synthetic.Contains(j, says) {
			t.Errorf("no finding says %q", says)
		}
	}
}

func TestNoRunIsAnError(t *testing.T) {
	if _, err := analyzer.Analyze(nil, analyzer.Options{}); err == nil {
		t.Error("got no error for no run")
	}
}

func TestDamagedFileIsAFinding(t *testing.T) {
	t.Parallel()
	recorded := synthetic.Calm(5).Write(t)
	files, err := filepath.Glob(filepath.Join(recorded.Trials[0].Dir, "samples*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal("no samples to damage", err)
	}
	if err := os.Truncate(files[0], 1000); err != nil {
		t.Fatal(err)
	}
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synthetic.Sound(t, j)
	if j.Verdict != finding.Invalid || !strings.HasPrefix(j.Reason, "VAL-005 ") {
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
		p := synthetic.Calm(seed)
		p.Replicates = 1 + random.IntN(3)
		p.Tenants = 1 + random.IntN(5)
		p.Seconds = 1 + random.IntN(80)
		p.Rate = 12 * random.Float64() * random.Float64()
		p.Neighbour = float64(random.IntN(2) * random.IntN(100))
		p.Outage = random.IntN(2) == 0
		share := random.Float64() * random.Float64()
		p.Mangle = func(trial *results.Trial, in []results.Injection, s *[]results.Sample) {
			damage(random, share, trial, in, s)
		}
		j := p.Judge()
		synthetic.Sound(t, j)
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
			(*s)[i].Ended = synthetic.At(200*random.Float64() - 20)
		}
		if hit() {
			(*s)[i].Intended = synthetic.At(200*random.Float64() - 20)
		}
	}
	for i := range in {
		for _, mark := range []**results.Offset{&in[i].Injected, &in[i].InEffect, &in[i].Removing, &in[i].Removed, &in[i].Recovered} {
			if hit() {
				*mark = nil
			} else if hit() {
				*mark = synthetic.Mark(100*random.Float64() - 10)
			}
		}
	}
	for i := range trial.Windows {
		if hit() {
			trial.Windows[i].From, trial.Windows[i].To = synthetic.At(80*random.Float64()), synthetic.At(80*random.Float64())
		}
	}
	states := []string{results.TrialComplete, results.TrialRunning, results.TrialHalted, results.TrialFailed, "novel"}
	if hit() {
		trial.State = states[random.IntN(len(states))]
	}
	if hit() {
		trial.Length = synthetic.At(100*random.Float64() - 10)
	}
	if hit() {
		trial.Generator = results.Generator{}
	}
}
