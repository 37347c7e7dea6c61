package report

import (
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/results"
)

// everyone is the tenant of rows that hold all abiding tenants together.
const everyone = "*"

// Headline is what one setup has to show first.
type Headline struct {
	Setup    results.Setup
	Trials   int
	Calm     string // the window of Journeys
	Journeys []latency.WindowRow
	Offered  int // journeys of abiding tenants after the warm-up
	Good     int
	Isolated *neighbour.Row // all abiding tenants under the disruptive one; nil: not measured
	Neighbor bool           // there was a disruptive tenant, measured or not
	Faults   []FaultLine
	Writes   Writes
}

// FaultLine is one fault over the trials of a setup.
type FaultLine struct {
	Fault string
	Rows  []fault.Row
}

// Writes sums what reading back the journal found, over tenants and trials.
type Writes struct {
	Audited, Trials int // trials whose audit succeeded, of all
	Attempted       int
	Acknowledged    int
	Lost            int
	LostAck         int
	Duplicated      int
	Unexpected      int
	Indeterminate   int
	Checked, Broken int // invariants checked, broken
}

// Headlines picks the first figures of each setup, in the order of the manifest.
func Headlines(j *analyzer.Judgement) []Headline {
	var all []Headline
	for _, setup := range setupsOf(j) {
		h := Headline{Setup: setup, Writes: writes(j, setup.Name), Faults: faultLines(j, setup.Name)}
		for _, t := range j.Trials {
			if t.Trial.Setup == setup.Name {
				h.Trials++
			}
		}
		h.Calm = calmWindow(j, setup.Name)
		for _, row := range j.Windows {
			if row.Setup != setup.Name || row.Tenant != everyone {
				continue
			}
			if row.Window == h.Calm && !aggregate(row.Journey) {
				h.Journeys = append(h.Journeys, row)
			}
		}
		h.Offered, h.Good = served(j, setup.Name)
		for i, row := range j.Isolation {
			if row.Setup == setup.Name && row.Tenant == everyone {
				h.Isolated = &j.Isolation[i]
			}
		}
		h.Neighbor = slices.ContainsFunc(j.Findings, func(f finding.Finding) bool {
			return f.ID == "ISO-001" && f.Scope.Setup == setup.Name
		})
		all = append(all, h)
	}
	return all
}

// setupsOf lists the setups of the manifest, then any that only the trials name.
func setupsOf(j *analyzer.Judgement) []results.Setup {
	all := slices.Clone(j.Manifest.Setups)
	known := map[string]bool{}
	for _, s := range all {
		known[s.Name] = true
	}
	for _, t := range j.Trials {
		if !known[t.Trial.Setup] {
			known[t.Trial.Setup] = true
			all = append(all, results.Setup{Name: t.Trial.Setup})
		}
	}
	return all
}

// aggregate reports whether a row is about all journeys together.
func aggregate(journey string) bool { return journey == "" || journey == everyone }

// windowNames lists the windows of the run in time order: as the trials were cut,
// then any that only rows name.
func windowNames(j *analyzer.Judgement) []results.Window {
	var all []results.Window
	known := map[string]bool{}
	add := func(w results.Window) {
		if !known[w.Name] {
			known[w.Name] = true
			all = append(all, w)
		}
	}
	for _, t := range j.Trials {
		for _, w := range t.Windows {
			add(w)
		}
	}
	slices.SortStableFunc(all, func(a, b results.Window) int { return int(min(max(a.From-b.From, -1), 1)) })
	for _, row := range j.Windows {
		add(results.Window{Name: row.Window, Kind: row.Kind})
	}
	return all
}

// calmWindow is the window whose latencies describe a setup undisturbed: the
// baseline, else the first that is no warm-up.
func calmWindow(j *analyzer.Judgement, setup string) string {
	first := ""
	for _, row := range j.Windows {
		if row.Setup != setup || row.Kind == results.WindowWarmup {
			continue
		}
		if row.Kind == results.WindowBaseline {
			return row.Window
		}
		if first == "" {
			first = row.Window
		}
	}
	return first
}

// served sums offered and good journeys after the warm-up. Where the analyzer
// gives rows of all journeys together, they alone are summed.
func served(j *analyzer.Judgement, setup string) (offered, good int) {
	var sums [2]struct{ offered, good int }
	for _, row := range j.Windows {
		if row.Setup != setup || row.Tenant != everyone || row.Kind == results.WindowWarmup {
			continue
		}
		sum := &sums[0]
		if aggregate(row.Journey) {
			sum = &sums[1]
		}
		sum.offered += row.Offered
		sum.good += row.Good
	}
	if sums[1].offered > 0 {
		return sums[1].offered, sums[1].good
	}
	return sums[0].offered, sums[0].good
}

func faultLines(j *analyzer.Judgement, setup string) []FaultLine {
	var all []FaultLine
	for _, row := range j.Recoveries {
		if row.Setup != setup {
			continue
		}
		at := slices.IndexFunc(all, func(l FaultLine) bool { return l.Fault == row.Injection.Fault })
		if at < 0 {
			all = append(all, FaultLine{Fault: row.Injection.Fault})
			at = len(all) - 1
		}
		all[at].Rows = append(all[at].Rows, row)
	}
	return all
}

func writes(j *analyzer.Judgement, setup string) Writes {
	var w Writes
	for _, t := range j.Trials {
		if t.Trial.Setup != setup {
			continue
		}
		w.Trials++
		audit := t.Trial.Audit
		if audit == nil || audit.Err != "" || audit.Unsound() != "" {
			continue
		}
		w.Audited++
		for _, op := range audit.Operations {
			w.Attempted += op.Attempted
			w.Acknowledged += op.Acknowledged
			w.Lost += op.Lost
			w.LostAck += op.LostAck
			w.Duplicated += op.Duplicated
			w.Unexpected += op.Unexpected
			w.Indeterminate += op.Indeterminate
		}
		for _, law := range audit.Invariants {
			if law.Err != "" || law.Absent != "" {
				continue // not checked, or not applicable: neither held nor broken
			}
			w.Checked++
			if !law.Held {
				w.Broken++
			}
		}
	}
	return w
}

// Slowest is the longest recovery of a fault over its trials.
func (l FaultLine) Slowest() finding.Quantity {
	worst := l.Rows[0].Recover
	for _, row := range l.Rows[1:] {
		if longer(row.Recover, worst) {
			worst = row.Recover
		}
	}
	return worst
}

// alerted reports whether a Prometheus was read during the fault.
func (l FaultLine) alerted() bool {
	return slices.ContainsFunc(l.Rows, func(r fault.Row) bool { return r.Alert != nil })
}

// AlertText is the slowest first alert of a fault over its trials: "3.00 s StockLocked".
func (l FaultLine) AlertText() string {
	if !l.alerted() {
		return finding.Dash + " (no Prometheus)"
	}
	var worst finding.Quantity
	name := ""
	for _, row := range l.Rows {
		if row.Alert != nil && (worst.Unit == "" || longer(*row.Alert, worst)) {
			worst, name = *row.Alert, row.AlertName
		}
	}
	if worst.Censored {
		worst.Censored = false
		return "none within " + finding.Value(worst)
	}
	return strings.TrimSpace(finding.Value(worst) + " " + name)
}

// longer orders recoveries: a refused figure counts as longer than any, a censored
// one as longer than any that is not.
func longer(a, b finding.Quantity) bool {
	rank := func(q finding.Quantity) int {
		switch {
		case finding.IsMissing(q):
			return 2
		case q.Censored:
			return 1
		}
		return 0
	}
	if rank(a) != rank(b) {
		return rank(a) > rank(b)
	}
	return a.Value > b.Value
}

// tookEffect reports whether the fault was shown in effect in any trial.
func (l FaultLine) tookEffect() bool {
	return slices.ContainsFunc(l.Rows, func(r fault.Row) bool { return r.Injection.InEffect != nil })
}

// Text words the recovery of a fault over its trials: "12.3 s", "11.8 to 12.3 s,
// n=2", "> 30 s, worst of 2". A fault that was never shown in effect has none.
func (l FaultLine) Text() string {
	if !l.tookEffect() {
		return finding.Dash + " (never shown in effect)"
	}
	least, worst := l.Rows[0].Recover, l.Slowest()
	for _, row := range l.Rows {
		if longer(least, row.Recover) {
			least = row.Recover
		}
	}
	switch n := len(l.Rows); {
	case n == 1:
		return finding.Value(worst)
	case finding.IsMissing(worst) || worst.Censored:
		return finding.Value(worst) + ", worst of " + finding.Count(n)
	case least.Value == worst.Value:
		return finding.Value(worst) + ", n=" + finding.Count(n)
	default:
		return finding.Bound(worst, least.Value) + " to " + finding.Value(worst) + ", n=" + finding.Count(n)
	}
}
