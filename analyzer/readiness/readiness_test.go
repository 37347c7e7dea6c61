package readiness

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	stats "example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/results"
)

const ladderRun = "results/examples/embedded-ladder"

// recorded is the recorded ladder: one trial that ends on 24 November 2026.
func recorded(t *testing.T) map[string]*Evidence {
	t.Helper()
	run, err := results.Open(filepath.Join("..", "..", filepath.FromSlash(ladderRun)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(ladderRun, "digest", run)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*Evidence{ladderRun: e}
}

func question(orders float64) Question {
	return Question{Name: "sale", Draws: 800, CutOff: time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC), Window: 2 * time.Hour, Threshold: 0.9,
		MaxAge: 30 * 24 * time.Hour, Transfer: stats.Known(1), Capacity: ladderRun, Forecast: Forecast{Source: "plan", Level: 0.9, Growth: 0.25,
			Documents: map[results.Op]stats.Estimate{results.OpOrder: {Value: orders, Spread: 0.1}},
			Intervals: map[results.Op]Expected{results.OpOrder: {Expect: orders, Low: 0.85 * orders, High: 1.18 * orders}}}}
}

// The same run answers differently by load, age, faults and risks.
func TestAnswer(t *testing.T) {
	runs := recorded(t)
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	expired := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		orders float64
		change func(*Question)
		now    time.Time
		want   stats.Decision
		reason string // in the first reason
	}{
		"a low load":   {6000, nil, now, stats.Go, "with a probability of"},
		"a high load":  {90000, nil, now, stats.NoGo, "less than 0.1 %"},
		"old evidence": {6000, nil, now.AddDate(0, 2, 0), stats.Undecided, "66 days old, more than 30 days"},
		"no such document": {6000, func(q *Question) {
			q.Forecast.Documents = map[results.Op]stats.Estimate{results.OpReceive: stats.Known(10)}
		}, now, stats.Undecided, "no capacity of the forecast's documents"},
		"a fault without evidence": {6000, func(q *Question) {
			q.Faults = []Fault{{Name: "f", Every: 10 * time.Hour}}
		}, now, stats.Undecided, "since evidence is missing"},
		"an open risk": {6000, func(q *Question) {
			q.Risks = []Risk{{Title: "no standby", Owner: "Meyer", State: RiskOpen, Due: now}}
		}, now, stats.NoGo, "risks stand against it. Open: no standby (Meyer, due 2026-11-30)"},
		"an acceptance that ends before the peak": {6000, func(q *Question) {
			q.Risks = []Risk{{Title: "no standby", State: RiskAccepted, Expires: &expired}}
		}, now, stats.NoGo, "risks stand against it"},
		"a closed risk": {6000, func(q *Question) {
			q.Risks = []Risk{{Title: "no standby", State: RiskClosed}}
		}, now, stats.Go, "with a probability of"},
	} {
		q := question(c.orders)
		if c.change != nil {
			c.change(&q)
		}
		p := Answer(q, runs, nil, c.now)
		if p.Decision != c.want || !strings.Contains(p.Reasons[0], c.reason) {
			t.Errorf("%s: %s, %q; want %s, %q", name, p.Decision, p.Reasons[0], c.want, c.reason)
		}
	}
}

// Runs of another setup, version or script are no evidence for the capacity run's.
func TestUnfit(t *testing.T) {
	runs := recorded(t)
	like := runs[ladderRun]
	now := like.Judgement.Manifest.Started.Add(time.Hour)
	for want, change := range map[string]func(*results.Manifest){
		"": func(*results.Manifest) {},
		"another version of the setup two-workers":                                                     func(m *results.Manifest) { m.Setups[0].Digest = "other" },
		fmt.Sprintf("odoo 18.0, and %s in the capacity run", like.Judgement.Manifest.Versions["odoo"]): func(m *results.Manifest) { m.Versions["odoo"] = "18.0" },
		"another version of the script steady-day.js":                                                  func(m *results.Manifest) { m.Inputs[2].SHA256 = "other" },
	} {
		other := recorded(t)[ladderRun]
		change(&other.Judgement.Manifest)
		if got := other.unfit(question(1), like, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	invalid := recorded(t)[ladderRun]
	invalid.Judgement.Verdict, invalid.Judgement.Reason = finding.Invalid, "VAL-001."
	if got := invalid.unfit(question(1), nil, now); got != "invalid: VAL-001." {
		t.Errorf("got %q", got)
	}
}

// Use between and beyond steps, and the date at which growth fills a part.
func TestHeadroom(t *testing.T) {
	res := carried.Resource{Uses: []carried.Use{{Rate: 10, Share: 0.2}, {Rate: 20, Share: 0.6}}}
	for rate, want := range map[float64]float64{5: 0.2, 15: 0.4, 20: 0.6, 40: 1.2} {
		if got := res.At(rate); got != want {
			t.Errorf("at %g: %g, want %g", rate, got, want)
		}
	}
	if rate, measured := res.FullAt(); rate != 20/0.6 || measured {
		t.Errorf("full at %g, measured %t", rate, measured)
	}
	res.Uses[1].Share = 1.2
	if rate, measured := res.FullAt(); rate != 18 || !measured {
		t.Errorf("full at %g, measured %t; want 18, measured", rate, measured)
	}
	peak := time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC)
	if at := growsTo(1.25, 0.25, peak); at == nil || at.Sub(peak).Round(time.Hour) != 8766*time.Hour {
		t.Errorf("full on %v, want a year later", at)
	}
	if growsTo(2, 0, peak) != nil || growsTo(1e9, 0.01, peak) != nil {
		t.Error("a date without growth, or in the far future")
	}
}

func TestCompare(t *testing.T) {
	runs := recorded(t)
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	before := Answer(question(6000), runs, nil, now)
	q := question(6000)
	q.Forecast.Documents[results.OpOrder] = stats.Estimate{Value: 90000, Spread: 0.1}
	q.Risks = []Risk{{Title: "no standby", Owner: "Meyer", State: RiskClosed}}
	after := Answer(q, runs, nil, now)
	var got []string
	for _, c := range Compare(before, after) {
		if c.What == "answer" || strings.HasPrefix(c.What, "risk") || strings.HasPrefix(c.What, "forecast") {
			got = append(got, c.What+": "+c.Before+" → "+c.After)
		}
	}
	want := []string{"answer: GO → NO-GO", "forecast, order: 6,000/h → 90,000/h", "risk no standby: — → closed, Meyer"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if same, err := Same(before, Answer(question(6000), runs, nil, now.Add(time.Minute))); err != nil || !same {
		t.Errorf("the same question a minute later: same %t, %v", same, err)
	}
	if same, _ := Same(before, after); same {
		t.Error("another forecast has the same answer")
	}
	if changes := Compare(before, before); len(changes) != 0 {
		t.Errorf("changes of nothing: %v", changes)
	}
}

// A ladder that ended below the capacity gives a lower bound, without an upper one. A certain
// answer has no largest part of its uncertainty, and sentences end once.
func TestWordsOfTheAnswer(t *testing.T) {
	p := Pack{Plan: &stats.Plan{}, Answer: &stats.Answer{Margin: 6.41, Lo: 4.98, Hi: 8.24, Confident: 5.28, Inputs: []stats.Input{{Kind: stats.OfForecast, Share: 0.004}}}}
	p.Plan.Capacity.AtLeast = true
	if got, want := p.marginWords(), "The largest load that still ships in time is at least 6.41× of the forecast: the ladder ended below the capacity. "+
		"With 90 % it is at least 5.28×."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Plan.Capacity.AtLeast = false
	if got, want := p.marginWords(), "The largest load that still ships in time is 6.41× of the forecast (90 % interval 4.98× to 8.24×). "+
		"With 90 % it is at least 5.28×."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Answer.Margin, p.Answer.Lo, p.Answer.Hi, p.Answer.Confident = 0, 0, 16, 0 // beyond the factors that are searched
	if got, want := p.marginWords(), "The largest load that still ships in time is less than 0.06× of the forecast (90 % interval "+
		"less than 0.06× to 16× or more). With 90 % not even 0.06× ships in time."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := p.dominatedWords(); got != nil {
		t.Errorf("a certain answer: %q", got)
	}
	refused := Pack{Runs: []Run{{Name: "run", Refused: "invalid: VAL-001 Delivered load: 3 of 9 planned arrivals have no record."}}}
	refused.words(Question{Capacity: "run"})
	if got := refused.Reasons[0]; !strings.HasSuffix(got, "have no record.") || strings.HasSuffix(got, "..") {
		t.Errorf("%q", got)
	}
}
