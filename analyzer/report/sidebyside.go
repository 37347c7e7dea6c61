package report

import (
	"fmt"
	"slices"
	"sort"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
)

// sideRow is one row of the table of setups: a measure and its figure per setup.
type sideRow struct {
	Label   string
	Cells   []sideCell
	Section bool // begins a group of rows
}

// sideCell is one figure. Alarm marks a broken objective.
type sideCell struct {
	Text  string
	Alarm bool
}

func (r *sideRow) add(text string, alarm bool) { r.Cells = append(r.Cells, sideCell{text, alarm}) }

// sideBySide builds the rows that the terminal, the Markdown and the HTML report
// set side by side.
func sideBySide(heads []Headline) []sideRow {
	rows := latencyRows(heads)
	served := sideRow{Label: "served / offered", Section: true}
	slow := sideRow{Label: "slowdown by neighbour", Section: true}
	for _, h := range heads {
		served.add(servedText(h), false)
		switch {
		case h.Isolated != nil:
			slow.add(finding.Counted(h.Isolated.Slowdown), false)
		case h.Neighbor:
			slow.add(finding.Dash+" (nothing to compare, ISO-001)", false)
		default:
			slow.add(finding.Dash+" (no neighbour)", false)
		}
	}
	rows = append(rows, served, slow)
	rows = append(rows, faultRows(heads)...)
	return append(rows, writeRows(heads)...)
}

func servedText(h Headline) string {
	if h.Offered == 0 {
		return finding.Dash + " (n=0)"
	}
	return fmt.Sprintf("%s (%s/%s)", finding.Share(float64(h.Good)/float64(h.Offered)), finding.Count(h.Good),
		finding.Count(h.Offered))
}

// latencyRows has P50 and P95 of every journey that any setup has, while calm.
func latencyRows(heads []Headline) []sideRow {
	var journeys []string
	for _, h := range heads {
		for _, row := range h.Journeys {
			if !slices.Contains(journeys, row.Journey) {
				journeys = append(journeys, row.Journey)
			}
		}
	}
	sort.Strings(journeys)
	var rows []sideRow
	for i, journey := range journeys {
		p50 := sideRow{Label: journey + " P50, calm", Section: i == 0}
		p95 := sideRow{Label: journey + " P95, calm"}
		for _, h := range heads {
			at := slices.IndexFunc(h.Journeys, func(r latency.WindowRow) bool { return r.Journey == journey })
			if at < 0 {
				p50.add(finding.Dash+" (not run)", false)
				p95.add(finding.Dash+" (not run)", false)
				continue
			}
			p50.add(finding.Counted(h.Journeys[at].Latency.P50), false)
			p95.add(finding.Counted(h.Journeys[at].Latency.P95), false)
		}
		rows = append(rows, p50, p95)
	}
	return rows
}

// faultRows has the recovery time of every fault that any setup saw.
func faultRows(heads []Headline) []sideRow {
	var faults []string
	for _, h := range heads {
		for _, line := range h.Faults {
			if !slices.Contains(faults, line.Fault) {
				faults = append(faults, line.Fault)
			}
		}
	}
	var rows []sideRow
	for i, fault := range faults {
		row := sideRow{Label: "back after " + fault, Section: i == 0}
		alert := sideRow{Label: "alert after " + fault}
		watched := false
		for _, h := range heads {
			at := slices.IndexFunc(h.Faults, func(l FaultLine) bool { return l.Fault == fault })
			if at < 0 {
				row.add(finding.Dash+" (not injected)", false)
				alert.add(finding.Dash+" (not injected)", false)
				continue
			}
			line := h.Faults[at]
			row.add(line.Text(), line.Slowest().Censored)
			alert.add(line.AlertText(), false)
			watched = watched || line.alerted()
		}
		rows = append(rows, row)
		if watched {
			rows = append(rows, alert)
		}
	}
	return rows
}

// writeRows has what became of the business writes.
func writeRows(heads []Headline) []sideRow {
	broken := sideRow{Label: "writes lost / duplicated", Section: true}
	open := sideRow{Label: "unanswered / yet done"}
	laws := sideRow{Label: "invariants broken"}
	for _, h := range heads {
		w := h.Writes
		if w.Audited == 0 {
			for _, row := range []*sideRow{&broken, &open, &laws} {
				row.add(finding.Dash+" (not audited)", false)
			}
			continue
		}
		broken.add(fmt.Sprintf("%s / %s of %s%s", finding.Count(w.Lost), finding.Count(w.Duplicated), finding.Count(w.Acknowledged),
			w.partly()), w.Lost+w.Duplicated > 0)
		open.add(fmt.Sprintf("%s / %s", finding.Count(w.Indeterminate), finding.Count(w.LostAck)), false)
		laws.add(fmt.Sprintf("%s of %s", finding.Count(w.Broken), finding.Count(w.Checked)), w.Broken > 0)
	}
	return []sideRow{broken, open, laws}
}

// decisive lists the findings that fail, are invalid or cannot be decided,
// most severe first.
func decisive(j *analyzer.Judgement) []finding.Finding {
	var all []finding.Finding
	for _, f := range j.Findings {
		if severity(f.Verdict) > severity(finding.Pass) {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b finding.Finding) int { return severity(b.Verdict) - severity(a.Verdict) })
	return all
}

// most returns the first n findings and the number of the others.
func most(all []finding.Finding, n int) (kept []finding.Finding, left int) {
	if len(all) <= n {
		return all, 0
	}
	return all[:n], len(all) - n
}
