package analyzer

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// upShare is the share of a bin's arrivals that has to be served for the time of the
// bin to count as up.
const upShare = 0.9

const (
	methodRequests = "arrivals served of those offered after the warm-up; Wilson interval with effective n within windows"
	methodUp       = "time in bins in which at least 90 % of the arrivals were served, of the time with arrivals"
)

// available says how available each setup was after the warm-up, faults included: by
// requests, by time, and as Apdex; to each abiding tenant and to all together. By time,
// all together are the mean over tenants, so that a busy tenant weighs no more than a
// quiet one.
func (d *dataset) available() []AvailabilityRow {
	var rows []AvailabilityRow
	for _, setup := range d.setups {
		var tenants []AvailabilityRow
		for tenant, abiding := range d.abiding {
			if abiding {
				if row := d.availableTo(setup, tenant); row.Requests.N > 0 {
					tenants = append(tenants, row)
				}
			}
		}
		all := d.availableTo(setup, everyone)
		if all.Requests.N == 0 {
			continue
		}
		up := 0.0
		for _, row := range tenants {
			up += row.Time.Value / float64(len(tenants))
		}
		all.Time = number(up, "share", methodUp+"; mean over tenants", len(tenants))
		rows = append(append(rows, all), tenants...)
	}
	return rows
}

func (d *dataset) availableTo(setup string, tenant int) AvailabilityRow {
	row := AvailabilityRow{Setup: setup, Tenant: d.tenantName(tenant)}
	strata, _ := d.goodEvents(setup, results.Objective{}, tenant)
	share := resilience.ShareOf(strata, d.opts.Level)
	row.Requests = number(share.Value, "share", methodRequests, share.N).bounded(share.Lo, share.Hi, d.opts.Level)
	var up, all float64
	width := 0.0
	for _, t := range d.of(setup) {
		var arrivals []resilience.Arrival
		d.eachEvent(t, results.Objective{}, tenant, func(r *record) {
			arrivals = append(arrivals, resilience.Arrival{At: r.at.Seconds(), Served: r.served})
		})
		length := (t.end - t.Warmup).Seconds()
		if !(length > 0) || len(arrivals) == 0 {
			continue
		}
		width = resilience.BinWidth(float64(len(arrivals)) / length)
		bins := resilience.Cut(arrivals, t.Warmup.Seconds(), t.end.Seconds(), width)
		if share := resilience.Uptime(bins, upShare); !math.IsNaN(share) {
			up, all = up+share*length, all+length
		}
	}
	row.Time = number(up/all, "share", fmt.Sprintf("%s; bins of %g s", methodUp, width), len(d.of(setup)))
	row.Apdex = d.apdex(setup, tenant)
	return row
}

// apdex takes its threshold from the first objective that has one.
func (d *dataset) apdex(setup string, tenant int) Quantity {
	const method = "satisfied + half of tolerating, over all"
	for _, o := range d.run.Manifest.Objectives {
		if !(o.Threshold > 0) {
			continue
		}
		var latencies []float64
		for _, t := range d.of(setup) {
			d.eachEvent(t, results.Objective{Journeys: o.Journeys, Steps: o.Steps}, tenant, func(r *record) {
				s := math.Inf(1)
				if r.served {
					s = float64(r.latency) / 1e6
				}
				latencies = append(latencies, s)
			})
		}
		return number(resilience.Apdex(latencies, o.Threshold), "",
			fmt.Sprintf("%s; T = %s of %s", method, words(o.Threshold), o.Name), len(latencies))
	}
	return none("", method, 0, "no objective names a latency")
}
