package campaign

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// searching is a campaign without cells that searches how long the ingress may be down: shipping
// passes up to 3 s. The verdict of a run follows from the length of its fault.
func searching(t *testing.T) (c *Campaign, p *performer, running Running, measured *[]float64) {
	t.Helper()
	return searchingFor(t, map[string]float64{"shipping": 3})
}

// searchingFor has one search for each journey, with the longest fault that it passes, in s.
func searchingFor(t *testing.T, passes map[string]float64) (c *Campaign, p *performer, running Running, measured *[]float64) {
	t.Helper()
	c = twoCells(t)
	first := c.Experiments[1]
	c.Experiments = nil
	lengths := map[string]float64{}
	journeys := slices.Sorted(maps.Keys(passes))
	wanted := func(journey string) []matrix.Wanted {
		return []matrix.Wanted{{Journey: journey, Expect: matrix.Expect{Served: 0.9}}}
	}
	for _, journey := range journeys {
		c.searches = append(c.searches, &search{dose: matrix.Dose{Setup: "shared",
			Fault: "ingress", At: "cutoff", Journey: journey, Shortest: 0.5, Longest: 8, Within: 0.25},
			series: seriesOf(func(_ context.Context, length float64) (Experiment, error) {
				e := first
				e.Name = fmt.Sprintf("%s--%.0fms", first.Name, 1000*length)
				e.File = filepath.Join(filepath.Dir(first.File), e.Name+".yaml")
				e.Inputs = []results.Input{{Path: e.File, SHA256: e.Name}}
				e.Wanted = wanted(journey)
				lengths[e.Name] = length
				return e, nil
			})})
	}
	p, running = start(t, c)
	measured = &[]float64{}
	p.perform = func(e Experiment) error {
		started := *p.clock
		record(t, c, e, func(r *recordedRun) { r.started = started })
		*p.clock = p.clock.Add(time.Minute)
		dirs, err := runsOf(filepath.Join(c.Runs, e.Name))
		must(t, err)
		for _, journey := range journeys {
			verdict := finding.Pass
			if lengths[e.Name] > passes[journey] {
				verdict = finding.Fail
			}
			e.Wanted = wanted(journey)
			c.judged[judgedKey(dirs[0], e)] = []matrix.Outcome{{Verdict: verdict}}
		}
		*measured = append(*measured, lengths[e.Name])
		return nil
	}
	return c, p, running, measured
}

// A search goes on from the recorded runs: stopped after each one, it measures the same lengths
// as in one go, each once.
func TestSearchResumes(t *testing.T) {
	c, p, running, measured := searching(t)
	c.Budget = 100 * time.Second // for one experiment of a minute and its 20 s
	for range 7 {
		must(t, c.Run(t.Context(), running))
	}
	if diff := cmp.Diff([]float64{0.5, 8, 2, 4, 2.83, 3.36}, *measured); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	m, err := c.Survey(t.Context(), *p.clock)
	must(t, err)
	if d := m.Doses[0]; !d.Done || len(d.Probes) != 6 || *d.Breaks.Lo != 2.83 || *d.Breaks.Hi != 3.36 {
		t.Errorf("%+v", d)
	}
	if _, pending, err := c.follow(t.Context(), c.searches[0], p.clock.Add(72*time.Hour)); err != nil || pending == nil {
		t.Errorf("with evidence that is too old: %v, %v", pending, err)
	}
}

// Two searches that differ in the journey share the runs of a length, and each has a verdict of
// its own: 2 s keep shipping and break orders.
func TestSearchesShareRuns(t *testing.T) {
	c, p, running, measured := searchingFor(t, map[string]float64{"orders": 1.2, "shipping": 3})
	must(t, c.Run(t.Context(), running))
	if diff := cmp.Diff([]float64{0.5, 8, 2, 1, 1.41, 1.19, 4, 2.83, 3.36}, *measured); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	m, err := c.Survey(t.Context(), *p.clock)
	must(t, err)
	for i, want := range []struct{ lo, hi float64 }{{1.19, 1.41}, {2.83, 3.36}} {
		if d := m.Doses[i]; !d.Done || *d.Breaks.Lo != want.lo || *d.Breaks.Hi != want.hi {
			t.Errorf("%s: %+v", d.Journey, d)
		}
	}
}

// A length whose harness crashed ends the search until the next command.
func TestSearchCrash(t *testing.T) {
	c, p, running, measured := searching(t)
	works := p.perform
	p.perform = func(Experiment) error { return fmt.Errorf("harness run ended with exit status 3") }
	must(t, c.Run(t.Context(), running))
	m, err := c.Survey(t.Context(), *p.clock)
	must(t, err)
	if d := m.Doses[0]; d.Done || len(p.ran) != 1 ||
		d.Why != "The measurement of 500 ms is invalid, so that the search cannot go on." {
		t.Errorf("%d runs, %+v", len(p.ran), d)
	}
	p.perform = works
	must(t, c.Run(t.Context(), running))
	if len(*measured) != 6 {
		t.Errorf("measured %v", *measured)
	}
}
