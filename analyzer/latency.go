package analyzer

import "fmt"

// latencies are LAT-001, the P95 of each journey while calm, and LAT-002, windows
// in which arrivals were not served. They inform.
func (d *dataset) latencies() []Finding {
	var all []Finding
	for _, row := range d.windowRows {
		if row.Tenant != Everyone {
			continue
		}
		scope := Scope{Setup: row.Setup, Tenant: Everyone, Journey: row.Journey, Window: row.Window}
		if calm(row.Kind) {
			scope.Quantile = levelNames()[atP95]
			text := fmt.Sprintf("%d arrivals, %d served.", row.Offered, row.Good)
			all = append(all, finding("LAT-001", Info, scope, text).with(row.Latency.P95).against(row.Service.P95))
			scope.Quantile = ""
		}
		if row.Good < row.Offered {
			share := float64(row.Offered-row.Good) / float64(row.Offered)
			text := fmt.Sprintf("%d of %d were not served: %s.", row.Offered-row.Good, row.Offered, outcomeWords(row.Outcomes))
			if row.Good == 0 {
				text = fmt.Sprintf("None of %d was served: %s.", row.Offered, outcomeWords(row.Outcomes))
			}
			all = append(all, finding("LAT-002", Info, scope, text).with(
				number(share, "share", "arrivals not served, of those offered", row.Offered)))
		}
	}
	return all
}
