package trend

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/analyzer/versus"
	"example.org/odooharness/results"
)

// History is one figure over runs, oldest first.
type History struct {
	Setup  string       `json:"setup"`
	Figure string       `json:"figure"` // e.g. "orders p95, calm"
	Points []HistoryRun `json:"points"`
	Breaks []Break      `json:"breaks"`
	Note   string       `json:"note,omitempty"` // why it has no changes
}

// HistoryRun is the figure in one run.
type HistoryRun struct {
	Run     string           `json:"run"`
	Started time.Time        `json:"started"`
	Value   finding.Quantity `json:"value"`
}

// Break is a change of level, from a run on.
type Break struct {
	Run         string              `json:"run"`
	Before      float64             `json:"before"` // median of the runs before, back to the last change
	After       float64             `json:"after"`  // median of the runs from it on, up to the next change
	Differences []versus.Difference `json:"differences"`
}

// leastHistory is the number of runs that change points need. leastStretch is the number of
// runs that a level must last: a single run is an outlier.
const (
	leastHistory = 6
	leastStretch = 3
)

// Follow returns the history of every figure, and a note for each run that was left out.
func Follow(runs []*results.Run, opts run.Options) ([]History, []string, error) {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b *results.Run) int { return a.Manifest.Started.Compare(b.Manifest.Started) })
	byName := map[string]*History{}
	manifests := map[string]results.Manifest{}
	var order, notes []string
	for _, recorded := range runs {
		j, err := analyzer.Analyze(recorded, opts)
		if err != nil {
			return nil, nil, err
		}
		if j.Verdict == finding.Invalid {
			notes = append(notes, fmt.Sprintf("%s is invalid, left out: %s", recorded.Dir, j.Reason))
			continue
		}
		manifests[recorded.Dir] = recorded.Manifest
		for _, f := range historyFigures(j) {
			name := f.setup + "\x00" + f.name
			if byName[name] == nil {
				byName[name] = &History{Setup: f.setup, Figure: f.name}
				order = append(order, name)
			}
			h := byName[name]
			h.Points = append(h.Points, HistoryRun{Run: recorded.Dir, Started: recorded.Manifest.Started, Value: f.value})
		}
	}
	slices.Sort(order)
	var all []History
	for _, name := range order {
		h := byName[name]
		h.findBreaks(manifests)
		all = append(all, *h)
	}
	return all, notes, nil
}

type historyFigure struct {
	setup, name string
	value       finding.Quantity
}

// historyFigures returns the figures of one judgement to follow.
func historyFigures(j *analyzer.Judgement) []historyFigure {
	var all []historyFigure
	for _, row := range j.Windows {
		if row.Tenant == finding.Everyone && row.Kind == results.WindowBaseline {
			all = append(all, historyFigure{row.Setup, row.Journey + " p50, calm", row.Latency.P50},
				historyFigure{row.Setup, row.Journey + " p95, calm", row.Latency.P95})
		}
	}
	for _, row := range j.Available {
		if row.Tenant == finding.Everyone {
			all = append(all, historyFigure{row.Setup, "arrivals served", row.Requests})
		}
	}
	for _, row := range j.Isolation {
		if row.Tenant == finding.Everyone {
			all = append(all, historyFigure{row.Setup, "slowdown by neighbour", row.Slowdown})
		}
	}
	for _, f := range j.Findings {
		if f.ID == "RES-001" && f.Quantity != nil {
			all = append(all, historyFigure{f.Scope.Setup, "back after " + f.Scope.Fault, *f.Quantity})
		}
	}
	return all
}

// findBreaks finds the changes of level among the runs with the figure.
func (h *History) findBreaks(manifests map[string]results.Manifest) {
	var at []int
	var x []float64
	for i, p := range h.Points {
		if v := p.Value; !v.Missing && !v.Censored {
			y := v.Value
			if v.Unit != "share" {
				y = math.Log(max(y, 1e-9))
			}
			at, x = append(at, i), append(x, y)
		}
	}
	if len(x) < leastHistory {
		h.Note = fmt.Sprintf("%s with this figure, changes need %d", finding.Plural(len(x), "run"), leastHistory)
		return
	}
	cuts := append(steady.Breaks(x, leastStretch, 0.95), len(x))
	from := 0
	for k, cut := range cuts[:len(cuts)-1] {
		p, before := h.Points[at[cut]], h.Points[at[cut-1]]
		h.Breaks = append(h.Breaks, Break{Run: p.Run, Before: h.level(at[from:cut]), After: h.level(at[cut:cuts[k+1]]),
			Differences: versus.Differences(manifests[before.Run], manifests[p.Run], h.Setup, h.Setup)})
		from = cut
	}
}

// level returns the median of the figure over some of its runs.
func (h *History) level(at []int) float64 {
	var x []float64
	for _, i := range at {
		x = append(x, h.Points[i].Value.Value)
	}
	return quantile.Median(x)
}

// Words words a change of a figure.
func (b Break) Words(h History) string {
	change := fmt.Sprintf("from %s to %s", finding.Decimal(b.Before), finding.Decimal(b.After))
	if len(h.Points) > 0 && h.Points[0].Value.Unit == "s" {
		change = fmt.Sprintf("from %s to %s", finding.Seconds(b.Before), finding.Seconds(b.After))
	}
	text := fmt.Sprintf("%s on %s went %s with %s", h.Figure, h.Setup, change, b.Run)
	var what []string
	for _, d := range b.Differences {
		what = append(what, fmt.Sprintf("%s %s → %s", d.What, d.A, d.B))
	}
	slices.SortFunc(what, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "sha256"), strings.Count(b, "sha256")), cmp.Compare(a, b))
	})
	if len(what) == 0 {
		return text + "; the manifests do not differ."
	}
	return text + "; differences: " + finding.List(what, 6) + "."
}
