package validity_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// delivered is the finding on the load that was delivered. A judgement without one is an error.
func delivered(t *testing.T, judged *analyzer.Judgement) finding.Finding {
	t.Helper()
	at := slices.IndexFunc(judged.Findings, func(f finding.Finding) bool { return f.ID == "VAL-001" })
	if at < 0 {
		t.Fatal("the judgement has no VAL-001")
	}
	return judged.Findings[at]
}

// Figures of several generators are sound together, and one of them is not: it is named.
func TestBadGeneratorIsNamed(t *testing.T) {
	t.Parallel()
	generators := func(change func(all []results.Generator)) func(*results.Trial, []results.Injection, *[]results.Sample) {
		return func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) {
			t.Generators = nil
			for i := range 2 {
				g := t.Generator
				g.Scenario, g.Index, g.Of, g.CPUSeconds = "s", i+1, 2, t.Generator.CPUSeconds/2
				for _, l := range t.Load {
					l.Planned, l.Started = (l.Planned+int64(i))/2, (l.Started+int64(i))/2
					g.Load = append(g.Load, l)
				}
				t.Generators = append(t.Generators, g)
			}
			change(t.Generators)
		}
	}
	for name, c := range map[string]struct {
		change func(all []results.Generator)
		want   string // VAL-001 and VAL-002 of the first trial
	}{
		"sound": {func([]results.Generator) {}, "pass pass"},
		// 55 s of CPU in 30 s on two processors: 92 %, and 46 % of the 60 s of both
		"busy while the other idles": {func(all []results.Generator) {
			all[1].CPUSeconds, all[1].Wall = 55, 30
		}, "pass invalid: Generator s 2 of 2 used 91.7 % of 2 processors."},
		"late": {func(all []results.Generator) { all[0].LateP50 = 0.02 }, "pass invalid: Generator s 1 of 2 used 4.2 %"},
		"lacks what the other has in surplus": {func(all []results.Generator) {
			all[0].Load[0].Started -= 100
			all[1].Load[0].Started += 100
		}, "invalid: Generator s 1 of 2 has no record of 100 of its "},
		"died": {func(all []results.Generator) { all[1].Err, all[1].Load = "signal: killed", nil },
			"invalid: Generator s 2 of 2 ended early, and its later arrivals are missing: signal: killed."},
	} {
		t.Run(name, func(t *testing.T) {
			p := synthetic.Calm(5)
			p.Mangle = generators(c.change)
			got := ""
			for _, f := range p.Judge().Findings {
				if (f.ID != "VAL-001" && f.ID != "VAL-002") || f.Scope.Trial != "01-multi-tenant" {
					continue
				}
				if got != "" {
					got += " "
				}
				got += string(f.Verdict)
				if f.Verdict != finding.Pass {
					for _, why := range f.Because {
						if len(why) > 9 && why[:9] == "Generator" {
							got += ": " + why
						}
					}
				}
			}
			if len(got) < len(c.want) || got[:len(c.want)] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Several generators must have recorded each arrival of a journey once: a gap of one and an
// overlap of another keep every sum, and are found.
func TestEachArrivalOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(journeys []*results.Sample) // of t1's orders
		want   string
	}{
		"sound": {func([]*results.Sample) {}, ""},
		"one twice, one missing": {func(journeys []*results.Sample) { journeys[7].Iteration = 8 },
			"1 have no row, 1 have more than one, and 0 were not planned."},
		"beyond the plan": {func(journeys []*results.Sample) { journeys[7].Iteration = int64(len(journeys)) },
			"1 have no row, 0 have more than one, and 1 were not planned."},
	} {
		t.Run(name, func(t *testing.T) {
			p := synthetic.Calm(5)
			p.Setups, p.Replicates = p.Setups[:1], 1
			p.Mangle = func(t *results.Trial, _ []results.Injection, all *[]results.Sample) {
				t.Generators = []results.Generator{{Scenario: "s", Index: 1, Of: 2}, {Scenario: "s", Index: 2, Of: 2}}
				var journeys []*results.Sample
				next := map[string]int64{}
				for i := range *all {
					s := &(*all)[i]
					key := s.Tenant + " " + s.Journey
					if s.Step != results.Journey {
						continue
					}
					s.Scenario, s.Iteration = "s", next[key]
					next[key]++
					if key == "t1 orders" {
						journeys = append(journeys, s)
					}
				}
				for i := range t.Load {
					t.Load[i].Indexed = true
				}
				c.change(journeys)
			}
			judged, err := analyzer.Analyze(p.Write(t), analyzer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := finding.Invalid
			if c.want == "" {
				want = finding.Pass
			}
			if f := delivered(t, judged); f.Verdict != want || !strings.Contains(strings.Join(f.Because, " "), c.want) {
				t.Errorf("VAL-001 is %s: %q, want %s: %q", f.Verdict, f.Because, want, c.want)
			}
		})
	}
}

// A damaged trial.json that claims 2^40 arrivals is invalid, and claims no memory.
func TestDamagedPlanOfArrivals(t *testing.T) {
	t.Parallel()
	p := synthetic.Calm(5)
	p.Setups, p.Replicates = p.Setups[:1], 1
	p.Mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) {
		t.Generators = []results.Generator{{Scenario: "s", Index: 1, Of: 2}}
		t.Load[0].Indexed, t.Load[0].Planned = true, 1<<40
	}
	judged, err := analyzer.Analyze(p.Write(t), analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := delivered(t, judged); f.Verdict != finding.Invalid {
		t.Errorf("VAL-001 is %s: %q", f.Verdict, f.Because)
	}
}

// The reason names what was too much, not only what was used.
func TestRoomOfTheGenerator(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(g *results.Generator)
		want   string
	}{
		"throttled": {func(g *results.Generator) { g.CPULimit, g.Periods, g.Throttled = 1, 1000, 400 },
			"It used 8.3 % of the 1 processor that its cgroup may use. Journeys with a free virtual user started late by 1 ms at P50, 5 ms at P99. " +
				"Its cgroup was throttled in 400 of 1,000 scheduling periods: its own waiting is part of the measured latency. Give the generator more CPU."},
		"half a processor": {func(g *results.Generator) { g.CPULimit, g.CPUSeconds = 0.5, 27 },
			"It used 90 % of the 0.5 processors that its cgroup may use. Journeys with a free virtual user started late by 1 ms at P50, 5 ms at P99. " +
				"That is more than 80 %: its own queue is part of the measured latency."},
	} {
		p := synthetic.Calm(5)
		p.Mangle = func(t *results.Trial, _ []results.Injection, _ *[]results.Sample) {
			t.Generator = results.Generator{CPUSeconds: 5, Wall: 60, CPUs: 2, LateP50: 0.001, LateP99: 0.005}
			c.change(&t.Generator)
		}
		if f := synthetic.Finding(t, p.Judge(), "VAL-002"); f.Verdict != finding.Invalid || len(f.Because) != 1 || f.Because[0] != c.want {
			t.Errorf("%s: %s %q", name, f.Verdict, f.Because)
		}
	}
}
