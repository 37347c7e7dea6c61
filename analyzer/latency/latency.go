package latency

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
)

func windowRow(r *run.Run, j *run.Described) WindowRow {
	return WindowRow{
		Setup: j.Key.Setup, Window: j.Key.Window, Kind: j.Window.Kind,
		Tenant: r.TenantName(j.Key.Tenant), Journey: r.Journeys.List[j.Key.Journey],
		Seconds: j.Window.Seconds, Offered: j.N, Good: j.Served, Outcomes: j.Outcomes,
		Latency: percentiles(j.Latency, j.Longest, finding.MethodLatency),
		Service: percentiles(j.Service, j.Slowest, finding.MethodService),
	}
}

func stepRow(r *run.Run, j *run.Described) StepRow {
	return StepRow{
		Setup: j.Key.Setup, Window: j.Key.Window, Step: r.Steps.List[j.Step], Count: j.N, Outcomes: j.Outcomes,
		Latency: percentiles(j.Latency, j.Longest, finding.MethodLatency),
		Service: percentiles(j.Service, j.Slowest, finding.MethodService),
	}
}

// percentiles words the estimates of a group.
func percentiles(all [4]quantile.Estimate, longest float64, method string) Percentiles {
	q := func(i int) finding.Quantity { return finding.Percentile(all[i], longest, method) }
	return Percentiles{P50: q(run.P50), P90: q(run.P90), P95: q(run.P95), P99: q(run.P99)}
}

// Judge describes how long journeys and steps took in each window (LAT-).
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	for _, w := range r.Windows {
		rows.Windows = append(rows.Windows, windowRow(r, w))
	}
	for _, s := range r.ByStep {
		rows.Steps = append(rows.Steps, stepRow(r, s))
	}
	rows.Trials = views(r)
	return rows, latencies(rows.Windows)
}

// latencies are LAT-001, the P95 of each journey while calm, and LAT-002, windows
// in which arrivals were not served. They inform.
func latencies(rows []WindowRow) []finding.Finding {
	var all []finding.Finding
	for _, row := range rows {
		if row.Tenant != finding.Everyone {
			continue
		}
		scope := finding.Scope{Setup: row.Setup, Tenant: finding.Everyone, Journey: row.Journey, Window: row.Window}
		if run.Calm(row.Kind) {
			scope.Quantile = run.LevelNames()[run.P95]
			text := fmt.Sprintf("%d arrivals, %d served.", row.Offered, row.Good)
			all = append(all, finding.New("LAT-001", finding.Info, scope, text).With(row.Latency.P95).Against(row.Service.P95))
			scope.Quantile = ""
		}
		if row.Good < row.Offered {
			share := float64(row.Offered-row.Good) / float64(row.Offered)
			text := fmt.Sprintf("%d of %d were not served: %s.", row.Offered-row.Good, row.Offered, finding.Unserved(row.Outcomes))
			if row.Good == 0 {
				text = fmt.Sprintf("None of %d was served: %s.", row.Offered, finding.Unserved(row.Outcomes))
			}
			all = append(all, finding.New("LAT-002", finding.Info, scope, text).With(
				finding.Number(share, "share", "arrivals not served, of those offered", row.Offered)))
		}
	}
	return all
}
