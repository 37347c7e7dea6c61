package remedy_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/remedy"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// tried is a world in which the neighbour makes latencies of "shared" four times longer, and
// those of its remedies so many times as given. "plain" is another setup, which comes first.
func tried(half, same, worse float64) *analyzer.Judgement {
	w := simulate.Standard(5)
	w.Neighbour, w.Replicates, w.Vary = simulate.Switchback(2, 42, 8), 4, simulate.Variation{}
	base := w.Setups[0]
	w.Setups = nil
	for _, s := range []struct {
		name     string
		slowdown float64
		cost     float64
	}{{"plain", 1, 1}, {"shared", 4, 0.4}, {"half", half, 0.5}, {"same", same, 0.4}, {"worse", worse, 0.3}} {
		setup := base
		setup.Name, setup.Slowdown, setup.CostPerHour = s.name, s.slowdown, s.cost
		w.Setups = append(w.Setups, setup)
	}
	recorded := w.Record()
	for _, name := range []string{"half", "same", "worse"} {
		recorded.Manifest.Remedies = append(recorded.Manifest.Remedies,
			results.Remedy{Name: name, Of: "shared", About: "change " + name, For: []string{"ISO-001"}})
	}
	of := &results.Run{Manifest: recorded.Manifest}
	var sources []run.Source
	for i := range recorded.Trials {
		t := &recorded.Trials[i]
		of.Trials = append(of.Trials, &t.TrialData)
		sources = append(sources, run.Source{TrialData: &t.TrialData, Samples: synthetic.Columns(t.Samples), Writes: synthetic.Rows(t.Writes)})
	}
	return analyzer.Judge(of, sources, analyzer.Options{})
}

// A remedy is compared with the setup that it changes, not with the first. A planted factor
// is the change of the effect and of the slowdown, exactly.
func TestRemedies(t *testing.T) {
	t.Parallel()
	plain, j := tried(4, 4, 4), tried(2, 4, 8)
	for i, want := range []struct {
		name   string
		answer remedy.Answer
		factor float64
		price  float64
	}{{"half", remedy.Helps, 0.5, 0.25}, {"same", remedy.Undecided, 1, 0}, {"worse", remedy.Harms, 2, -0.25}} {
		row, without := j.Remedies[i], plain.Remedies[i]
		if row.Name != want.name || row.Of != "shared" || row.Answer != want.answer || row.Pairs != 4 {
			t.Errorf("%s: %+v", want.name, row)
		}
		if got := row.Effect.Value / without.Effect.Value; math.Abs(got-want.factor) > 1e-3 {
			t.Errorf("%s: the effect changed %g times, want %g", want.name, got, want.factor)
		}
		if got := row.After.Value / without.After.Value; math.Abs(got-want.factor) > 1e-3 || row.Before.Value != without.Before.Value {
			t.Errorf("%s: the slowdown changed %g times, want %g", want.name, got, want.factor)
		}
		if math.Abs(row.Price.Value-want.price) > 1e-9 {
			t.Errorf("%s: price %g, want %g", want.name, row.Price.Value, want.price)
		}
	}
	const words = "half helps: slowdown 4.01× -> 2.06× [1.72, 2.45], P95 next to the disruptive tenant 0.49× [0.35, 0.69] " +
		"that of shared, +25 % cost, decided in 4 replicates."
	if got := j.Remedies[0].Words; got != words {
		t.Errorf("got  %s\nwant %s", got, words)
	}
	if got := j.Remedies[1]; !strings.HasPrefix(got.Words, "same is undecided: ") || !strings.HasPrefix(got.Takes, "These trials find 1.78×") {
		t.Errorf("%s takes %s", got.Words, got.Takes)
	}
}

// What fails with a remedy and not without it is part of what it costs.
func TestRemedyBreaks(t *testing.T) {
	t.Parallel()
	of := &results.Run{Manifest: results.Manifest{
		Setups:   []results.Setup{{Name: "shared"}, {Name: "half"}},
		Remedies: []results.Remedy{{Name: "half", Of: "shared", About: "change"}},
	}}
	failed := func(id, setup string) finding.Finding {
		return finding.New(id, finding.Fail, finding.Scope{Setup: setup}, "Too many.")
	}
	rows, findings := remedy.Judge(run.Load(of, nil, run.Options{}.OrDefaults()), nil, nil,
		[]finding.Finding{failed("BKG-001", "half"), failed("ISO-001", "half"), failed("ISO-001", "shared"), failed("SLO-001", "shared")})
	if want := []string{"BKG-001 Background jobs (half): Too many."}; !slices.Equal(rows[0].Breaks, want) {
		t.Errorf("breaks %q, want %q", rows[0].Breaks, want)
	}
	if last := findings[0].Because[len(findings[0].Because)-1]; last != "Fails with it and not on shared: BKG-001 Background jobs (half): Too many." {
		t.Errorf("the finding ends with %q", last)
	}
}

// The answer follows from the latency and the share served: -1 is better with the remedy.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		latency, served int
		verdict         finding.Verdict // of the latency
		want            remedy.Answer
	}{
		{-1, 0, finding.Info, remedy.Helps},
		{0, -1, finding.Inconclusive, remedy.Helps},
		{-1, -1, finding.Info, remedy.Helps},
		{0, 0, finding.Pass, remedy.HelpsNot},
		{0, 1, finding.Pass, remedy.Harms},
		{1, 0, finding.Info, remedy.Harms},
		{-1, 1, finding.Info, remedy.HelpsPart},
		{1, -1, finding.Info, remedy.HelpsPart},
		{0, 0, finding.Inconclusive, remedy.Undecided},
	} {
		e := setups.Endpoint{A: "shared", B: "half", Family: "neighbour", Measure: setups.MeasureLatency, Main: true, Side: c.latency,
			Verdict: c.verdict, Takes: "about 3 replicates"}
		served := e
		served.Measure, served.Main, served.Side = setups.MeasureServed, false, c.served
		of := &results.Run{Manifest: results.Manifest{
			Setups:   []results.Setup{{Name: "shared"}, {Name: "half"}},
			Remedies: []results.Remedy{{Name: "half", Of: "shared", About: "change"}},
		}}
		rows, findings := remedy.Judge(run.Load(of, nil, run.Options{}.OrDefaults()), []setups.Endpoint{e, served}, nil, nil)
		verdict := finding.Info
		if c.want == remedy.Undecided {
			verdict = finding.Inconclusive
		}
		if rows[0].Answer != c.want || findings[0].Verdict != verdict {
			t.Errorf("latency %+d (%s), served %+d: %s, %s; want %s", c.latency, c.verdict, c.served, rows[0].Answer, findings[0].Verdict, c.want)
		}
	}
}

// REM-001 never decides the verdict of a run. ISO-001 of the changed setup names what was
// tried, and that of another setup does not.
func TestFindingsCiteRemedies(t *testing.T) {
	t.Parallel()
	j := tried(2, 4, 8)
	var found, cited int
	for _, f := range j.Findings {
		switch {
		case f.ID == "REM-001":
			found++
			if finding.Decides(f.ID) {
				t.Errorf("%s decides the verdict", f.ID)
			}
		case f.ID == "ISO-001" && f.Scope.Setup == "shared":
			cited++
			for _, row := range j.Remedies {
				if !strings.Contains(f.Remedy, row.Words) {
					t.Errorf("ISO-001 advises %q without %q", f.Remedy, row.Words)
				}
			}
		case strings.Contains(f.Remedy, "Tried in this run"):
			t.Errorf("%s of %s: %s", f.ID, f.Scope.Setup, f.Remedy)
		}
	}
	if found != 3 || cited != 1 {
		t.Errorf("%d findings of remedies, %d that cite them", found, cited)
	}
}

// Without a pair of trials the remedy is undecided, with a reason.
func TestRemedyWithoutPairs(t *testing.T) {
	t.Parallel()
	of := &results.Run{Manifest: results.Manifest{
		Setups:   []results.Setup{{Name: "shared"}, {Name: "half"}},
		Remedies: []results.Remedy{{Name: "half", Of: "shared", About: "change"}},
	}}
	j := analyzer.Judge(of, nil, analyzer.Options{})
	if row := j.Remedies[0]; row.Answer != remedy.Undecided || row.Takes == "" || !row.Effect.Missing {
		t.Errorf("%+v", row)
	}
}
