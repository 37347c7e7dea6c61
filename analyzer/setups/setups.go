package setups

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/results"
)

// pair is two setups under comparison: B against A.
type pair struct {
	a, b   string
	ta, tb []int // positions in dataset.trials of the pairs of trials, by replicate
}

// Judge sets every other setup against the first, window by window and journey
// by journey, over all abiding tenants.
func Judge(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	var all []finding.Finding
	if len(r.Setups) < 2 {
		return nil, nil
	}
	for _, b := range r.Setups[1:] {
		p := pairUp(r, r.Setups[0], b)
		var of []Row
		kinds := map[string]string{}
		for _, w := range run.WindowsOf(append(r.TrialsOf(p.a), r.TrialsOf(p.b)...)) {
			if w.Kind == results.WindowWarmup {
				continue
			}
			kinds[w.Name] = w.Kind
			for j := range r.Journeys.List {
				for _, at := range []int{run.P50, run.P95} {
					if row, ok := rowOf(r, p, w.Name, j, at); ok {
						of = append(of, row.Row)
						kinds[w.Name] = w.Kind
					}
				}
			}
		}
		rows = append(rows, of...)
		all = append(all, findings(p, of, kinds)...)
	}
	return rows, all
}

// pairUp pairs the trials of two setups by replicate.
func pairUp(r *run.Run, a, b string) pair {
	p := pair{a: a, b: b}
	for i, ta := range r.Trials {
		for k, tb := range r.Trials {
			if ta.Setup == a && tb.Setup == b && ta.Replicate == tb.Replicate {
				p.ta, p.tb = append(p.ta, i), append(p.tb, k)
			}
		}
	}
	return p
}

// judgedRow is a row with what the findings need of it.
type judgedRow struct {
	Row
	p float64
}

// rowOf compares one percentile of one journey in one window; false when
// either setup has no such journey there.
func rowOf(r *run.Run, p pair, window string, journey, at int) (judgedRow, bool) {
	key := func(setup string, trial int) run.GroupKey {
		return run.GroupKey{Setup: setup, Window: window, Trial: trial, Tenant: run.Everyone, Journey: journey}
	}
	ga, gb := r.Groups[key(p.a, -1)], r.Groups[key(p.b, -1)]
	if ga == nil || gb == nil {
		return judgedRow{}, false
	}
	row := judgedRow{Row: Row{
		A: p.a, B: p.b, Journey: r.Journeys.List[journey], Window: window, Quantile: run.LevelNames()[at],
		ValueA: finding.Percentile(ga.Latency[at], ga.Longest, finding.MethodLatency), ValueB: finding.Percentile(gb.Latency[at], gb.Longest, finding.MethodLatency),
	}}
	of := func(trials []int, setup string) []float64 {
		var x []float64
		for _, t := range trials {
			v := math.NaN()
			if g := r.Groups[key(setup, t)]; g != nil {
				v = g.Latency[at].Value
			}
			x = append(x, v)
		}
		return x
	}
	runs := compare.Paired(of(p.ta, p.a), of(p.tb, p.b), r.Options.Level)
	row.p = runs.P
	row.Ratio = ratioOf(r, ga, gb, at, runs)
	row.Verdict, row.Words = sentence(r, row.Row, ga, gb, runs)
	return row, true
}

// ratioOf is the ratio by pairs of runs when there are enough of them, else
// from within the runs.
func ratioOf(r *run.Run, ga, gb *run.Group, at int, runs compare.Ratio) finding.Quantity {
	if runs.Decides {
		return finding.RatioOf(compare.Bounded{Value: runs.Value, Lo: runs.Lo, Hi: runs.Hi}, runs.N, r.Options.Level, runs.Method)
	}
	within := compare.Mover(finding.BoundedOf(ga.Latency[at]), finding.BoundedOf(gb.Latency[at]))
	q := finding.RatioOf(within, runs.N, r.Options.Level, "ratio of the pooled percentiles; interval from within the trials (MOVER)",
		runs.Why)
	if q.Missing {
		q.Warnings = []string{whyNoRatio(ga, gb, at)}
	}
	return q
}

func whyNoRatio(ga, gb *run.Group, at int) string {
	switch {
	case ga.Latency[at].Censored || gb.Latency[at].Censored:
		return "not served often enough to have this percentile"
	case ga.Latency[at].Refused || gb.Latency[at].Refused:
		return fmt.Sprintf("n=%d and %d, it takes %d", ga.N, gb.N, max(ga.Latency[at].Need, gb.Latency[at].Need))
	}
	return "no data"
}

// sentence judges a comparison and says it in a sentence.
func sentence(r *run.Run, row Row, ga, gb *run.Group, runs compare.Ratio) (finding.Verdict, string) {
	where := row.Journey + " in " + row.Window + ": "
	q := row.Ratio
	name := "P" + row.Quantile[1:]
	if q.Missing {
		a, b := float64(ga.Served)/float64(ga.N), float64(gb.Served)/float64(gb.N)
		return finding.Inconclusive, fmt.Sprintf("%sno ratio of %s (%s); served were %s on %s and %s on %s.", where, name,
			finding.List(q.Warnings, 1), finding.Share(a), row.A, finding.Share(b), row.B)
	}
	figure := fmt.Sprintf("%s %s/%s %.2f×", name, row.B, row.A, q.Value)
	lo, hi := finding.RatioBounds(q)
	switch {
	case q.Lo != nil && q.Hi != nil:
		figure += fmt.Sprintf(" [%.2f, %.2f]", lo, hi)
	case q.Lo != nil:
		figure += fmt.Sprintf(", at least %.2f", lo)
	case q.Hi != nil:
		figure += fmt.Sprintf(", at most %.2f", hi)
	default:
		return finding.Inconclusive, where + "undecided (" + figure + " without an interval)."
	}
	margin := r.Options.Margin
	text := ""
	switch {
	case lo > 1/margin && hi < margin:
		text = fmt.Sprintf("no material difference (%s)", figure)
		if runs.Decides {
			return finding.Pass, where + text + "."
		}
	case lo > 1:
		text = fmt.Sprintf("%s is slower (%s)", row.B, figure)
	case hi < 1:
		text = fmt.Sprintf("%s is faster (%s)", row.B, figure)
	default:
		return finding.Inconclusive, fmt.Sprintf("%sundecided (%s).", where, figure)
	}
	if !runs.Decides {
		return finding.Inconclusive, fmt.Sprintf("%sin the trials that were run, %s; %s.", where, text, runs.Why)
	}
	return finding.Info, where + text + "."
}

// telling reports whether a row is the one that says most about its journey and
// window: the P95 when it has a ratio, else the median.
func telling(rows []Row, row Row) bool {
	tail := slices.ContainsFunc(rows, func(r Row) bool {
		return r.Journey == row.Journey && r.Window == row.Window && r.Quantile == run.LevelNames()[run.P95] && !r.Ratio.Missing
	})
	return tail == (row.Quantile == run.LevelNames()[run.P95])
}

// findings sums the comparisons up: while calm (CMP-001), under a neighbour
// (CMP-002), during and after faults (CMP-003).
func findings(p pair, rows []Row, kinds map[string]string) []finding.Finding {
	family := func(kind string) string {
		switch kind {
		case results.WindowNeighbor:
			return "CMP-002"
		case results.WindowFault, results.WindowRecovery:
			return "CMP-003"
		}
		return "CMP-001"
	}
	var all []finding.Finding
	for _, id := range []string{"CMP-001", "CMP-002", "CMP-003"} {
		var because []string
		undecided, n, empty := 0, 0, 0
		var widest *Row
		for i, row := range rows {
			if family(kinds[row.Window]) != id || !telling(rows, row) {
				continue
			}
			n++
			if row.Verdict == finding.Inconclusive {
				undecided++
			}
			if row.Ratio.Missing {
				empty++
				continue
			}
			because = append(because, row.Words)
			if widest == nil || math.Abs(math.Log(row.Ratio.Value)) > math.Abs(math.Log(widest.Ratio.Value)) {
				widest = &rows[i]
			}
		}
		if n == 0 {
			continue
		}
		verdict := finding.Info
		if undecided == n {
			verdict = finding.Inconclusive
		}
		if empty > 0 {
			because = append(because, fmt.Sprintf("%d of %d comparisons have too few arrivals on a side, or too few served.", empty, n))
		}
		f := finding.New(id, verdict, finding.Scope{Setup: p.b}, because...)
		f.Title = fmt.Sprintf("%s: %s against %s", f.Title, p.b, p.a)
		if widest != nil {
			f = f.With(widest.Ratio).Against(widest.ValueA)
		}
		all = append(all, f)
	}
	return all
}

// Row sets one setup against another.
type Row struct {
	A        string           `json:"a"`
	B        string           `json:"b"`
	Journey  string           `json:"journey"`
	Window   string           `json:"window"`
	Quantile string           `json:"quantile"`
	ValueA   finding.Quantity `json:"value_a"`
	ValueB   finding.Quantity `json:"value_b"`
	Ratio    finding.Quantity `json:"ratio"` // B/A
	Verdict  finding.Verdict  `json:"verdict"`
	Words    string           `json:"words"`
}
