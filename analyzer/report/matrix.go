package report

import (
	"slices"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

// matrix is tenant × window of one setup, grouped by journey.
type matrix struct {
	Setup    string
	Windows  []results.Window
	Columns  int
	Journeys []matrixGroup
}

type matrixGroup struct {
	Name string
	Rows []matrixRow
}

type matrixRow struct {
	Tenant, Role string
	Cells        []matrixCell
}

// matrixCell is one tenant's P95 in one window. Shade is a class of the style
// sheet, by the ratio to the tenant's own calm P95.
type matrixCell struct {
	Empty  bool
	P95    finding.Quantity
	Ratio  string // to the calm P95
	Served string // share of offered journeys
	Shade  string
}

func matrices(j *analyzer.Judgement) []matrix {
	var all []matrix
	for _, setup := range setupsOf(j) {
		m := matrix{Setup: setup.Name}
		rows := map[[3]string]latency.WindowRow{} // journey, tenant, window
		var journeys, tenants []string
		for _, r := range j.Windows {
			if r.Setup != setup.Name || r.Kind == results.WindowWarmup {
				continue
			}
			rows[[3]string{r.Journey, r.Tenant, r.Window}] = r
			journeys, tenants = appendNew(journeys, r.Journey), appendNew(tenants, r.Tenant)
		}
		if len(rows) == 0 {
			continue
		}
		for _, w := range windowNames(j) {
			if slices.ContainsFunc(j.Windows, func(r latency.WindowRow) bool {
				return r.Setup == setup.Name && r.Window == w.Name && r.Kind != results.WindowWarmup
			}) {
				m.Windows = append(m.Windows, w)
			}
		}
		m.Columns = len(m.Windows) + 1
		for _, journey := range journeys {
			m.Journeys = append(m.Journeys, matrixOf(journey, tenants, m.Windows, rows, setup, calmWindow(j, setup.Name)))
		}
		all = append(all, m)
	}
	return all
}

func matrixOf(journey string, tenants []string, windows []results.Window, rows map[[3]string]latency.WindowRow,
	setup results.Setup, calm string) matrixGroup {
	group := matrixGroup{Name: journey}
	if aggregate(journey) {
		group.Name = "all journeys"
	}
	for _, tenant := range tenants {
		row := matrixRow{Tenant: tenantText(tenant)}
		for _, t := range setup.Tenants {
			if t.Name == tenant {
				row.Role = string(t.Role)
			}
		}
		base := rows[[3]string{journey, tenant, calm}].Latency.P95
		found := false
		for _, w := range windows {
			r, ok := rows[[3]string{journey, tenant, w.Name}]
			found = found || ok
			row.Cells = append(row.Cells, matrixCellOf(r, ok, base))
		}
		if found {
			group.Rows = append(group.Rows, row)
		}
	}
	return group
}

func matrixCellOf(r latency.WindowRow, ok bool, base finding.Quantity) matrixCell {
	if !ok {
		return matrixCell{Empty: true, Shade: "hx"}
	}
	p95 := r.Latency.P95
	cell := matrixCell{P95: p95, Shade: "hx"}
	if !finding.IsMissing(p95) && !p95.Censored && !finding.IsMissing(base) && base.Value > 0 && !base.Censored {
		ratio := p95.Value / base.Value
		cell.Shade = shade(ratio)
		cell.Ratio = finding.Ratio(ratio)
	}
	if r.Offered > 0 {
		served := float64(r.Good) / float64(r.Offered)
		cell.Served = finding.Share(served) + " of " + finding.Count(r.Offered)
		// Journeys that were not served sort last. With fewer than 95 % served there is no
		// P95, or only that of the failures: worse than any ratio.
		if served < 0.95 {
			cell.Shade, cell.Ratio = "h4", ""
		}
	}
	return cell
}

// shade buckets a ratio to the calm P95 by doublings.
func shade(ratio float64) string {
	switch {
	case ratio < 1.25:
		return "h0"
	case ratio < 2:
		return "h1"
	case ratio < 4:
		return "h2"
	case ratio < 8:
		return "h3"
	}
	return "h4"
}

func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
