package validity_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// What is known of the hosts' clocks decides whether rows are in their place: the worst
// generator counts, with its bound and its drift.
func TestClocksOfHosts(t *testing.T) {
	t.Parallel()
	clock := func(bound, drift float64) *results.HostClock {
		return &results.HostClock{Offset: 300, Error: bound + drift, Drift: drift}
	}
	for name, c := range map[string]struct {
		clocks  [2]*results.HostClock
		verdict finding.Verdict
		want    string
	}{
		"close":   {[2]*results.HostClock{clock(0.001, 0), clock(0.004, 0.001)}, finding.Pass, "Rows from 2 hosts are in their place within 5 ms; the worst is generator s 2 of 2."},
		"far":     {[2]*results.HostClock{clock(0.02, 0.01), clock(0.004, 0)}, finding.Info, "within 30 ms; the worst is generator s 1 of 2. The begin and end of outages, "},
		"drifted": {[2]*results.HostClock{clock(0.001, 0), clock(0.001, 0.06)}, finding.Invalid, "within 61 ms; the worst is generator s 2 of 2. Faults and windows "},
		"lost":    {[2]*results.HostClock{clock(0.001, 0), nil}, finding.Pass, "Rows from 1 host are in their place within 1 ms"},
	} {
		p := synthetic.Calm(3)
		p.Mangle = func(trial *results.Trial, _ []results.Injection, _ *[]results.Sample) {
			for i, clock := range c.clocks {
				g := trial.Generator
				g.Scenario, g.Index, g.Of, g.Host, g.Clock, g.Load = "s", i+1, 2, string(rune('a'+i)), clock, trial.Load
				trial.Generators = append(trial.Generators, g)
			}
		}
		f := synthetic.Finding(t, p.Judge(), "VAL-012")
		if got := strings.Join(f.Because, " "); f.Verdict != c.verdict || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s %q, want %s %q", name, f.Verdict, got, c.verdict, c.want)
		}
	}
}
