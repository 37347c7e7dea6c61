package latency

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/level"
)

// Judge describes the latency of a run.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	for _, w := range r.Windows {
		rows.Windows = append(rows.Windows, windowRow(r, w))
	}
	for _, s := range r.ByStep {
		rows.Steps = append(rows.Steps, stepRow(r, s))
	}
	rows.Spread = spread(r)
	rows.Trials = views(r, rows.Spread)
	return rows, findings(rows.Windows)
}

func windowRow(r *run.Run, g *run.Described) WindowRow {
	return WindowRow{
		Setup: g.Key.Setup, Window: g.Key.Window, Kind: g.Window.Kind,
		Tenant: r.TenantName(g.Key.Tenant), Journey: r.Journeys.List[g.Key.Journey],
		Seconds: g.Window.Seconds, Offered: g.N, Good: g.Served, Outcomes: g.Outcomes,
		Latency: percentiles(r, g.Latency, g.Longest, finding.MethodLatency),
		Service: percentiles(r, g.Service, g.Slowest, finding.MethodService),
	}
}

func stepRow(r *run.Run, g *run.Described) StepRow {
	return StepRow{
		Setup: g.Key.Setup, Window: g.Key.Window, Step: r.Steps.List[g.Step], Count: g.N, Outcomes: g.Outcomes,
		Latency: percentiles(r, g.Latency, g.Longest, finding.MethodLatency),
		Service: percentiles(r, g.Service, g.Slowest, finding.MethodService),
	}
}

func percentiles(r *run.Run, all [4]level.Percentile, longest float64, method string) Percentiles {
	q := func(i int) finding.Quantity { return finding.Percentile(all[i], longest, r.Options.Level, method) }
	return Percentiles{P50: q(run.P50), P90: q(run.P90), P95: q(run.P95), P99: q(run.P99)}
}

// findings makes LAT-001 for each journey in each calm window, and LAT-002 for each
// journey and window with arrivals that were not served.
func findings(rows []WindowRow) []finding.Finding {
	var all []finding.Finding
	for _, row := range rows {
		if row.Tenant != finding.Everyone {
			continue
		}
		scope := finding.Scope{Setup: row.Setup, Tenant: finding.Everyone, Journey: row.Journey, Window: row.Window}
		if run.Calm(row.Kind) {
			scope.Quantile = run.LevelNames()[run.P95]
			text := fmt.Sprintf("%s, %s served.", finding.Plural(row.Offered, "arrival"), finding.Count(row.Good))
			all = append(all, finding.New("LAT-001", finding.Info, scope, text).With(row.Latency.P95).Against(row.Service.P95))
			scope.Quantile = ""
		}
		if row.Good < row.Offered {
			all = append(all, unserved(scope, row))
		}
	}
	return all
}

// unserved is LAT-002.
func unserved(scope finding.Scope, row WindowRow) finding.Finding {
	n := row.Offered - row.Good
	text := fmt.Sprintf("%s of %s not served: %s.", finding.Count(n), finding.Plural(row.Offered, "arrival"),
		finding.Unserved(row.Outcomes))
	if row.Good == 0 {
		text = fmt.Sprintf("None of %s served: %s.", finding.Plural(row.Offered, "arrival"), finding.Unserved(row.Outcomes))
	}
	return finding.New("LAT-002", finding.Info, scope, text).With(
		finding.Number(float64(n)/float64(row.Offered), "share", "arrivals not served, of those offered", row.Offered))
}
