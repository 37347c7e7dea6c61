package analyzer

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/results"
)

// pair is two setups under comparison: B against A.
type pair struct {
	a, b   string
	ta, tb []int // positions in dataset.trials of the pairs of trials, by replicate
}

// compared sets every other setup against the first, window by window and journey
// by journey, over all abiding tenants.
func (d *dataset) compared() ([]ComparedRow, []Finding) {
	var rows []ComparedRow
	var all []Finding
	if len(d.setups) < 2 {
		return nil, nil
	}
	for _, b := range d.setups[1:] {
		p := d.pairUp(d.setups[0], b)
		var of []ComparedRow
		kinds := map[string]string{}
		for _, w := range windowsOf(append(d.of(p.a), d.of(p.b)...)) {
			if w.kind == results.WindowWarmup {
				continue
			}
			kinds[w.name] = w.kind
			for j := range d.journeys.list {
				for _, at := range []int{atP50, atP95} {
					if row, ok := d.comparedRow(p, w.name, j, at); ok {
						of = append(of, row.ComparedRow)
						kinds[w.name] = w.kind
					}
				}
			}
		}
		rows = append(rows, of...)
		all = append(all, comparedFindings(p, of, kinds)...)
	}
	return rows, all
}

// pairUp pairs the trials of two setups by replicate.
func (d *dataset) pairUp(a, b string) pair {
	p := pair{a: a, b: b}
	for i, ta := range d.trials {
		for k, tb := range d.trials {
			if ta.Setup == a && tb.Setup == b && ta.Replicate == tb.Replicate {
				p.ta, p.tb = append(p.ta, i), append(p.tb, k)
			}
		}
	}
	return p
}

// judgedRow is a row with what the findings need of it.
type judgedRow struct {
	ComparedRow
	p float64
}

// comparedRow compares one percentile of one journey in one window; false when
// either setup has no such journey there.
func (d *dataset) comparedRow(p pair, window string, journey, at int) (judgedRow, bool) {
	key := func(setup string, trial int) groupKey {
		return groupKey{setup: setup, window: window, trial: trial, tenant: everyone, journey: journey}
	}
	ga, gb := d.groups[key(p.a, -1)], d.groups[key(p.b, -1)]
	if ga == nil || gb == nil {
		return judgedRow{}, false
	}
	row := judgedRow{ComparedRow: ComparedRow{
		A: p.a, B: p.b, Journey: d.journeys.list[journey], Window: window, Quantile: levelNames()[at],
		ValueA: percentile(ga.latency[at], ga.longest, methodLatency), ValueB: percentile(gb.latency[at], gb.longest, methodLatency),
	}}
	of := func(trials []int, setup string) []float64 {
		var x []float64
		for _, t := range trials {
			v := math.NaN()
			if g := d.groups[key(setup, t)]; g != nil {
				v = g.latency[at].Value
			}
			x = append(x, v)
		}
		return x
	}
	runs := compare.Paired(of(p.ta, p.a), of(p.tb, p.b), d.opts.Level)
	row.p = runs.P
	row.Ratio = d.comparedRatio(ga, gb, at, runs)
	row.Verdict, row.Words = d.compareWords(row.ComparedRow, ga, gb, runs)
	return row, true
}

// comparedRatio is the ratio by pairs of runs when there are enough of them, else
// from within the runs.
func (d *dataset) comparedRatio(ga, gb *group, at int, runs compare.Ratio) Quantity {
	if runs.Decides {
		return ratioOf(compare.Bounded{Value: runs.Value, Lo: runs.Lo, Hi: runs.Hi}, runs.N, d.opts.Level, runs.Method)
	}
	within := compare.Mover(boundedOf(ga.latency[at]), boundedOf(gb.latency[at]))
	q := ratioOf(within, runs.N, d.opts.Level, "ratio of the pooled percentiles; interval from within the trials (MOVER)",
		runs.Why)
	if q.Missing {
		q.Warnings = []string{whyNoRatio(ga, gb, at)}
	}
	return q
}

func whyNoRatio(ga, gb *group, at int) string {
	switch {
	case ga.latency[at].Censored || gb.latency[at].Censored:
		return "not served often enough to have this percentile"
	case ga.latency[at].Refused || gb.latency[at].Refused:
		return fmt.Sprintf("n=%d and %d, it takes %d", ga.n, gb.n, max(ga.latency[at].Need, gb.latency[at].Need))
	}
	return "no data"
}

// compareWords judges a comparison and says it in a sentence.
func (d *dataset) compareWords(row ComparedRow, ga, gb *group, runs compare.Ratio) (Verdict, string) {
	where := row.Journey + " in " + row.Window + ": "
	r := row.Ratio
	name := "P" + row.Quantile[1:]
	if r.Missing {
		a, b := float64(ga.served)/float64(ga.n), float64(gb.served)/float64(gb.n)
		return Inconclusive, fmt.Sprintf("%sno ratio of %s (%s); served were %s on %s and %s on %s.", where, name,
			joined(r.Warnings, 1), percent(a), row.A, percent(b), row.B)
	}
	figure := fmt.Sprintf("%s %s/%s %.2f×", name, row.B, row.A, r.Value)
	lo, hi := ratioBounds(r)
	switch {
	case r.Lo != nil && r.Hi != nil:
		figure += fmt.Sprintf(" [%.2f, %.2f]", lo, hi)
	case r.Lo != nil:
		figure += fmt.Sprintf(", at least %.2f", lo)
	case r.Hi != nil:
		figure += fmt.Sprintf(", at most %.2f", hi)
	default:
		return Inconclusive, where + "undecided (" + figure + " without an interval)."
	}
	margin := d.opts.Margin
	text := ""
	switch {
	case lo > 1/margin && hi < margin:
		text = fmt.Sprintf("no material difference (%s)", figure)
		if runs.Decides {
			return Pass, where + text + "."
		}
	case lo > 1:
		text = fmt.Sprintf("%s is slower (%s)", row.B, figure)
	case hi < 1:
		text = fmt.Sprintf("%s is faster (%s)", row.B, figure)
	default:
		return Inconclusive, fmt.Sprintf("%sundecided (%s).", where, figure)
	}
	if !runs.Decides {
		return Inconclusive, fmt.Sprintf("%sin the trials that were run, %s; %s.", where, text, runs.Why)
	}
	return Info, where + text + "."
}

// telling reports whether a row is the one that says most about its journey and
// window: the P95 when it has a ratio, else the median.
func telling(rows []ComparedRow, row ComparedRow) bool {
	tail := slices.ContainsFunc(rows, func(r ComparedRow) bool {
		return r.Journey == row.Journey && r.Window == row.Window && r.Quantile == levelNames()[atP95] && !r.Ratio.Missing
	})
	return tail == (row.Quantile == levelNames()[atP95])
}

// comparedFindings sums the comparisons up: while calm (CMP-001), under a neighbour
// (CMP-002), during and after faults (CMP-003).
func comparedFindings(p pair, rows []ComparedRow, kinds map[string]string) []Finding {
	family := func(kind string) string {
		switch kind {
		case results.WindowNeighbor:
			return "CMP-002"
		case results.WindowFault, results.WindowRecovery:
			return "CMP-003"
		}
		return "CMP-001"
	}
	var all []Finding
	for _, id := range []string{"CMP-001", "CMP-002", "CMP-003"} {
		var because []string
		undecided, n, empty := 0, 0, 0
		var widest *ComparedRow
		for i, row := range rows {
			if family(kinds[row.Window]) != id || !telling(rows, row) {
				continue
			}
			n++
			if row.Verdict == Inconclusive {
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
		verdict := Info
		if undecided == n {
			verdict = Inconclusive
		}
		if empty > 0 {
			because = append(because, fmt.Sprintf("%d of %d comparisons have too few arrivals on a side, or too few served.", empty, n))
		}
		f := finding(id, verdict, Scope{Setup: p.b}, because...)
		f.Title = fmt.Sprintf("%s: %s against %s", f.Title, p.b, p.a)
		if widest != nil {
			f = f.with(widest.Ratio).against(widest.ValueA)
		}
		all = append(all, f)
	}
	return all
}
