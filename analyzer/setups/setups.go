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

// Row compares two setups: one percentile of one journey in one window.
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

// pair is two setups to compare, B with A.
type pair struct {
	a, b   string
	ta, tb []int // trials, as positions in Run.Trials, by replicate
}

// Judge compares every other setup with the first, by window and journey, over all abiding
// tenants.
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
						of = append(of, row)
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

// rowOf compares one percentile of one journey in one window. It is false when either
// setup has no such journey there.
func rowOf(r *run.Run, p pair, window string, journey, at int) (Row, bool) {
	key := func(setup string, trial int) run.GroupKey {
		return run.GroupKey{Setup: setup, Window: window, Trial: trial, Tenant: run.Everyone, Journey: journey}
	}
	ga, gb := r.Groups[key(p.a, -1)], r.Groups[key(p.b, -1)]
	if ga == nil || gb == nil {
		return Row{}, false
	}
	value := func(g *run.Group) finding.Quantity {
		return finding.Percentile(g.Latency[at], g.Longest, finding.MethodLatency)
	}
	row := Row{A: p.a, B: p.b, Journey: r.Journeys.List[journey], Window: window, Quantile: run.LevelNames()[at],
		ValueA: value(ga), ValueB: value(gb)}
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
	pairs := compare.Paired(of(p.ta, p.a), of(p.tb, p.b), r.Options.Level)
	row.Ratio = ratioOf(r, ga, gb, at, pairs)
	row.Verdict, row.Words = sentence(r, row, ga, gb, pairs)
	return row, true
}

// ratioOf returns the ratio by pairs of trials when they decide, else from within the
// trials.
func ratioOf(r *run.Run, ga, gb *run.Group, at int, pairs compare.Ratio) finding.Quantity {
	if pairs.Decides {
		return finding.RatioOf(compare.Bounded{Value: pairs.Value, Lo: pairs.Lo, Hi: pairs.Hi}, pairs.N, r.Options.Level, pairs.Method)
	}
	within := compare.Mover(finding.BoundedOf(ga.Latency[at]), finding.BoundedOf(gb.Latency[at]))
	q := finding.RatioOf(within, pairs.N, r.Options.Level, "ratio of the pooled percentiles; interval from within the "+
		"trials (MOVER)",
		pairs.Why)
	if q.Missing {
		q.Warnings = []string{whyNoRatio(ga, gb, at)}
	}
	return q
}

func whyNoRatio(ga, gb *run.Group, at int) string {
	switch {
	case ga.Latency[at].Censored || gb.Latency[at].Censored:
		return "too many arrivals were not served"
	case ga.Latency[at].Refused || gb.Latency[at].Refused:
		return fmt.Sprintf("n=%s and %s, need %s", finding.Count(ga.N), finding.Count(gb.N),
			finding.Count(max(ga.Latency[at].Need, gb.Latency[at].Need)))
	}
	return "no data"
}

// sentence judges a comparison and words it. A difference from within the trials is
// inconclusive.
func sentence(r *run.Run, row Row, ga, gb *run.Group, pairs compare.Ratio) (finding.Verdict, string) {
	where := row.Journey + " in " + row.Window + ": "
	q := row.Ratio
	name := "P" + row.Quantile[1:]
	if q.Missing {
		a, b := float64(ga.Served)/float64(ga.N), float64(gb.Served)/float64(gb.N)
		return finding.Inconclusive, fmt.Sprintf("%sno ratio of %s (%s); served %s on %s, %s on %s.", where, name,
			finding.List(q.Warnings, 1), finding.Share(a), row.A, finding.Share(b), row.B)
	}
	figure := fmt.Sprintf("%s %s/%s %s", name, row.B, row.A, finding.Ratio(q.Value))
	lo, hi := finding.RatioBounds(q)
	switch {
	case q.Lo != nil && q.Hi != nil:
		figure += " " + finding.Interval(q)
	case q.Lo != nil:
		figure += ", at least " + finding.Ratio(lo)
	case q.Hi != nil:
		figure += ", at most " + finding.Ratio(hi)
	default:
		return finding.Inconclusive, where + "undecided (" + figure + " without an interval)."
	}
	margin := r.Options.Margin
	verdict, text := finding.Info, ""
	switch {
	case lo > 1/margin && hi < margin:
		verdict, text = finding.Pass, fmt.Sprintf("no material difference (%s)", figure)
	case lo > 1:
		text = fmt.Sprintf("%s is slower (%s)", row.B, figure)
	case hi < 1:
		text = fmt.Sprintf("%s is faster (%s)", row.B, figure)
	default:
		return finding.Inconclusive, fmt.Sprintf("%sundecided (%s).", where, figure)
	}
	if !pairs.Decides {
		return finding.Inconclusive, fmt.Sprintf("%sin these trials %s; %s.", where, text, pairs.Why)
	}
	return verdict, where + text + "."
}

// isMain reports whether a row is the one that findings quote for its journey and window:
// the P95 when it has a ratio, else the median.
func isMain(rows []Row, row Row) bool {
	tail := slices.ContainsFunc(rows, func(r Row) bool {
		return r.Journey == row.Journey && r.Window == row.Window && r.Quantile == run.LevelNames()[run.P95] && !r.Ratio.Missing
	})
	return tail == (row.Quantile == run.LevelNames()[run.P95])
}

// family returns the finding that a window of a kind belongs to.
func family(kind string) string {
	switch kind {
	case results.WindowNeighbor:
		return "CMP-002"
	case results.WindowFault, results.WindowRecovery:
		return "CMP-003"
	}
	return "CMP-001"
}

// findings sums the comparisons up by family of windows. kinds has the kind of each
// window. A finding whose comparisons are all undecided is inconclusive.
func findings(p pair, rows []Row, kinds map[string]string) []finding.Finding {
	var all []finding.Finding
	for _, id := range []string{"CMP-001", "CMP-002", "CMP-003"} {
		of := slices.DeleteFunc(slices.Clone(rows), func(row Row) bool {
			return family(kinds[row.Window]) != id || !isMain(rows, row)
		})
		if len(of) > 0 {
			all = append(all, summary(id, p, of))
		}
	}
	return all
}

// summary is one finding over rows. Its figure is the ratio farthest from 1.
func summary(id string, p pair, rows []Row) finding.Finding {
	var because []string
	undecided, empty := 0, 0
	var widest *Row
	for i, row := range rows {
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
	verdict := finding.Info
	if undecided == len(rows) {
		verdict = finding.Inconclusive
	}
	if empty > 0 {
		because = append(because, fmt.Sprintf("%d of %s without enough served arrivals on one side.", empty,
			finding.Plural(len(rows), "comparison")))
	}
	f := finding.New(id, verdict, finding.Scope{Setup: p.b}, because...)
	f.Title = fmt.Sprintf("%s: %s against %s", f.Title, p.b, p.a)
	if widest != nil {
		f = f.With(widest.Ratio).Against(widest.ValueA)
	}
	return f
}
