package attribution_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// withQueue is a run with the telemetry of a queue that varies by itself. With a link,
// arrivals six seconds after a long queue are late.
func withQueue(t *testing.T, seed uint64, linked bool) *results.Run {
	t.Helper()
	p := synthetic.Calm(seed)
	p.Outage, p.Setups, p.Replicates, p.Seconds = false, []string{"multi-tenant"}, 1, 240
	random := rand.New(rand.NewPCG(seed, 9))
	queue := make([]float64, p.Seconds)
	level := 0.0
	for i := range queue {
		level = 0.7*level + random.NormFloat64()
		queue[i] = level
	}
	p.Mangle = func(_ *results.Trial, _ []results.Injection, samples *[]results.Sample) {
		for i := range *samples {
			s := &(*samples)[i]
			at := int(s.Intended.Seconds()) - 6
			if linked && at >= 0 && queue[at] > 1.2 || !linked && random.Float64() < 0.1 {
				s.Ended += synthetic.At(5)
			}
		}
	}
	recorded := p.Write(t)
	var points []results.Point
	for i, v := range queue {
		points = append(points, results.Point{At: synthetic.At(float64(i) + 0.3), Series: "jobs.queue", Component: "shared/odoo", Value: v + 10,
			Unit: "count", Better: "lower"})
	}
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", points)
	return recorded
}

// A queue that grows six seconds before journeys are late is found with that lead, and
// worded without a cause.
func TestLinkIsFound(t *testing.T) {
	t.Parallel()
	j, err := analyzer.Analyze(withQueue(t, 1, true), analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synthetic.Sound(t, j)
	if len(j.Links) != 1 {
		t.Fatalf("%d links: %+v", len(j.Links), synthetic.Finding(t, j, "ATT-001"))
	}
	lead := j.Links[0].Lead
	if lead.Value != 6 || *lead.Lo < 5 || *lead.Hi > 7 {
		t.Errorf("lead %+v, want 6 s", lead)
	}
	f := synthetic.Finding(t, j, "ATT-001")
	if !strings.HasPrefix(f.Because[0], "The queue of jobs (jobs.queue of shared/odoo) grew 6 s [") ||
		strings.Contains(strings.Join(f.Because, " "), "made") {
		t.Errorf("said %q", f.Because)
	}
}

// Runs too short or without telemetry refuse, with the reason.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	p := synthetic.Calm(2)
	p.Seconds, p.Outage, p.Setups, p.Replicates = 20, false, []string{"multi-tenant"}, 1
	recorded := p.Write(t)
	synthetic.WriteTable(t, recorded.Trials[0].Dir, "series", []results.Point{
		{At: synthetic.At(5), Series: "jobs.queue", Component: "c", Value: 1, Better: "lower"},
		{At: synthetic.At(6), Series: "jobs.queue", Component: "c", Value: 2, Better: "lower"}})
	j, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range j.Findings {
		if f.ID == "ATT-001" && (f.Verdict != finding.Inconclusive || !strings.Contains(f.Because[0], "needed")) {
			t.Errorf("got %s: %v", f.Verdict, f.Because)
		}
	}
}

// An outage differs from matched windows of the same trials. A fault without an effect does
// not.
func TestFaultEffect(t *testing.T) {
	for _, effective := range []bool{true, false} {
		p := synthetic.Calm(4)
		p.Setups, p.Replicates, p.Seconds = []string{"multi-tenant"}, 2, 160
		if !effective {
			p.Mangle = func(_ *results.Trial, _ []results.Injection, s *[]results.Sample) {
				for i := range *s {
					if (*s)[i].Outcome != results.OK {
						(*s)[i].Outcome, (*s)[i].Ended = results.OK, (*s)[i].Intended+synthetic.At(0.03)
					}
				}
			}
		}
		j := p.Judge()
		synthetic.Sound(t, j)
		if len(j.Effects) != 1 {
			t.Fatalf("%d effects", len(j.Effects))
		}
		row := j.Effects[0]
		if got := strings.Contains(row.Words, "no effect"); row.Verdict != finding.Info || got == effective {
			t.Errorf("effective %v: %s %s", effective, row.Verdict, row.Words)
		}
		if effective && row.P.Value > 0.02 { // 1 of 10 windows in each of two trials: 0.01, by 4000 draws
			t.Errorf("p = %g", row.P.Value)
		}
	}
}
