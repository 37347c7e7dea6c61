package setups

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

// Row is one percentile of one journey in one window on two setups. It is for exploring:
// with so many rows some differ by chance, so no row becomes a sentence.
type Row struct {
	A        string           `json:"a"`
	B        string           `json:"b"`
	Journey  string           `json:"journey"`
	Window   string           `json:"window"`
	Quantile string           `json:"quantile"`
	ValueA   finding.Quantity `json:"value_a"`
	ValueB   finding.Quantity `json:"value_b"`
	Ratio    finding.Quantity `json:"ratio"`   // B/A, with an interval of its own
	Verdict  finding.Verdict  `json:"verdict"` // always info
	Words    string           `json:"words"`
}

// cell is one journey in one window.
type cell struct {
	window  string
	journey int
}

// explore returns the rows of two setups: every journey in every window, at P50 and P95.
func explore(r *run.Run, a, b string, pairs []pair, prior moderated.Prior) []Row {
	split := make([][2]map[cell][]float64, len(pairs))
	for i, p := range pairs {
		for side, t := range p.trials {
			split[i][side] = cellsOf(r, t)
		}
	}
	var rows []Row
	for _, w := range run.WindowsOf(append(r.TrialsOf(a), r.TrialsOf(b)...)) {
		if w.Kind == results.WindowWarmup {
			continue
		}
		for j := range r.Journeys.List {
			for _, at := range []int{run.P50, run.P95} {
				if row, ok := exploreOne(r, a, b, cell{w.Name, j}, at, split, prior); ok {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

// cellsOf splits the arrivals of abiding tenants in a trial, in the order of time.
func cellsOf(r *run.Run, t *run.Trial) map[cell][]float64 {
	all := map[cell][]float64{}
	width := r.Journeys.Len()
	counts := make([]int, len(t.Windows)*width)
	each := func(f func(at int, rec *run.Record)) {
		for i := range t.Journeys {
			if rec := &t.Journeys[i]; rec.Window >= 0 && r.Abiding[rec.Tenant] {
				f(int(rec.Window)*width+int(rec.Journey), rec)
			}
		}
	}
	each(func(at int, _ *run.Record) { counts[at]++ })
	x := make([][]float64, len(counts))
	each(func(at int, rec *run.Record) {
		if x[at] == nil {
			x[at] = make([]float64, 0, counts[at])
		}
		x[at] = append(x[at], rec.Seconds())
	})
	for at, latencies := range x {
		if len(latencies) > 0 {
			key := cell{t.Windows[at/width].Name, at % width}
			all[key] = append(all[key], latencies...)
		}
	}
	return all
}

// exploreOne is one row. It is false when a setup has no such journey there.
func exploreOne(r *run.Run, a, b string, c cell, at int, split [][2]map[cell][]float64, prior moderated.Prior) (Row, bool) {
	key := func(setup string) run.GroupKey {
		return run.GroupKey{Setup: setup, Window: c.window, Tenant: run.Everyone, Journey: c.journey}
	}
	ga, gb := r.Groups[key(a)], r.Groups[key(b)]
	if ga == nil || gb == nil {
		return Row{}, false
	}
	value := func(g *run.Group) finding.Quantity {
		return finding.Percentile(g.Latency[at], g.Longest, r.Options.Level, finding.MethodLatency)
	}
	p := run.Levels()[at]
	row := Row{A: a, B: b, Journey: r.Journeys.List[c.journey], Window: c.window, Quantile: run.LevelNames()[at],
		ValueA: value(ga), ValueB: value(gb), Verdict: finding.Info}
	var effects []effect.Effect
	for _, sides := range split {
		sideA, sideB := []effect.Condition{effect.Of(sides[0][c])}, []effect.Condition{effect.Of(sides[1][c])}
		effects = append(effects, effect.Across(sideA, sideB, []float64{1}, p))
	}
	e := moderated.Of(effects, prior)
	const method = "ratio of percentiles (type 8), geometric mean over pairs of trials; moderated t, for this row alone"
	row.Ratio = finding.None("ratio", method, e.N, whyUnknown(e))
	if known(e) {
		lo, hi := e.Interval(r.PrimaryLevel())
		row.Ratio = finding.RatioOf(compare.Bounded{Value: e.Ratio(), Lo: lo, Hi: hi}, e.N, r.PrimaryLevel(), method)
		if e.N < enoughPairs {
			row.Ratio = finding.Number(e.Ratio(), "ratio", method, e.N, fmt.Sprintf("an interval of one window needs %d pairs",
				enoughPairs))
		}
	}
	row.Words = fmt.Sprintf("%s in %s: P%s %s/%s %s.", row.Journey, row.Window, row.Quantile[1:], b, a,
		finding.Figure(row.Ratio))
	return row, true
}

// enoughPairs is the number of pairs from which on an interval of one window covers: the level
// of a busy queue differs more between trials than a window shows (docs/methods.md).
const enoughPairs = 3

// whyUnknown words why there is no finite ratio.
func whyUnknown(e moderated.Estimate) string {
	switch {
	case e.Known():
		return "one side served too few arrivals"
	case e.Why != "":
		return e.Why
	}
	return "no pair of trials"
}
