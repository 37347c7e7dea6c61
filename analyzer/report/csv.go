package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

// CSV writes the windows, one row for each setup, window, tenant and journey. Figures are
// in plain units (seconds, counts). A refused percentile is an empty cell, with its n in
// the next column. A censored one has true in its censored column.
func CSV(w io.Writer, j *analyzer.Judgement) error {
	out := csv.NewWriter(w)
	rows := [][]string{csvHeader()}
	for _, row := range j.Windows {
		rows = append(rows, csvRow(row))
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write windows as csv: %w", err)
	}
	return nil
}

func csvHeader() []string {
	header := []string{"setup", "window", "kind", "tenant", "journey", "seconds", "offered", "good"}
	for _, o := range results.Outcomes() {
		header = append(header, "outcome_"+string(o))
	}
	for _, family := range []string{"latency", "service"} {
		for _, p := range []string{"p50", "p90", "p95", "p99"} {
			name := family + "_" + p
			header = append(header, name+"_s", name+"_lo_s", name+"_hi_s", name+"_n", name+"_censored")
		}
	}
	return header
}

func csvRow(row latency.WindowRow) []string {
	cells := []string{row.Setup, row.Window, row.Kind, row.Tenant, row.Journey, exact(row.Seconds),
		strconv.Itoa(row.Offered), strconv.Itoa(row.Good)}
	for _, o := range results.Outcomes() {
		cells = append(cells, strconv.Itoa(row.Outcomes[o]))
	}
	for _, p := range []latency.Percentiles{row.Latency, row.Service} {
		for _, figure := range []finding.Quantity{p.P50, p.P90, p.P95, p.P99} {
			cells = append(cells, csvFigure(figure)...)
		}
	}
	return cells
}

func csvFigure(q finding.Quantity) []string {
	cells := []string{"", "", "", strconv.Itoa(q.N), strconv.FormatBool(q.Censored)}
	if finding.IsMissing(q) {
		return cells
	}
	cells[0] = exact(q.Value)
	if q.Lo != nil && q.Hi != nil {
		cells[1], cells[2] = exact(*q.Lo), exact(*q.Hi)
	}
	return cells
}

func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
