package objective

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// upShare is the share of the arrivals of a bin that must be served for the bin to count
// as up.
const upShare = 0.9

const (
	methodRequests = "arrivals served of those offered after the warm-up; Wilson interval with t, effective n within windows " +
		"and between trials"
	methodUp = "time in bins in which at least 90 % of the arrivals were served, of the time with arrivals"
)

// availabilities returns how available each setup was after the warm-up, faults included:
// by requests, by time, and as Apdex. By time, all tenants together are the mean over
// tenants: a busy tenant weighs as much as a quiet one.
func availabilities(r *run.Run) []AvailabilityRow {
	var rows []AvailabilityRow
	for _, setup := range r.Setups {
		var tenants []AvailabilityRow
		for _, tenant := range r.AbidingTenants() {
			if row := availableTo(r, setup, tenant); row.Requests.N > 0 {
				tenants = append(tenants, row)
			}
		}
		all := availableTo(r, setup, run.Everyone)
		if all.Requests.N == 0 {
			continue
		}
		up := 0.0
		for _, row := range tenants {
			up += row.Time.Value / float64(len(tenants))
		}
		all.Time = finding.Number(up, "share", methodUp+"; mean over tenants", len(tenants))
		rows = append(append(rows, all), tenants...)
	}
	return rows
}

func availableTo(r *run.Run, setup string, tenant int) AvailabilityRow {
	row := AvailabilityRow{Setup: setup, Tenant: r.TenantName(tenant)}
	e := eventsOf(r, setup, results.Objective{}, tenant, nil)
	share := e.share()
	lo, hi := share.Interval(r.Options.Level)
	_, n := e.total()
	row.Requests = finding.Number(share.Value, "share", methodRequests, n).Bounded(lo, hi, r.Options.Level)
	var up, all float64
	width := 0.0
	for _, t := range r.TrialsOf(setup) {
		var arrivals []resilience.Arrival
		eachEvent(r, t, results.Objective{}, tenant, func(rec *run.Record) {
			arrivals = append(arrivals, resilience.Arrival{At: rec.At.Seconds(), Served: rec.Served})
		})
		length := (t.End - t.Warmup).Seconds()
		if !(length > 0) || len(arrivals) == 0 {
			continue
		}
		width = resilience.BinWidth(float64(len(arrivals)) / length)
		bins := resilience.Cut(arrivals, t.Warmup.Seconds(), t.End.Seconds(), width)
		if share := resilience.Uptime(bins, upShare); !math.IsNaN(share) {
			up, all = up+share*length, all+length
		}
	}
	row.Time = finding.Number(up/all, "share", fmt.Sprintf("%s; bins of %s", methodUp, finding.Seconds(width)),
		len(r.TrialsOf(setup)))
	row.Apdex = apdex(r, setup, tenant)
	return row
}

// apdex uses the threshold of the first objective that has one.
func apdex(r *run.Run, setup string, tenant int) finding.Quantity {
	const method = "satisfied + half of tolerating, over all"
	for _, o := range r.Results.Manifest.Objectives {
		if !(o.Threshold > 0) {
			continue
		}
		var latencies []float64
		for _, t := range r.TrialsOf(setup) {
			eachEvent(r, t, results.Objective{Journeys: o.Journeys, Steps: o.Steps}, tenant, func(rec *run.Record) {
				latencies = append(latencies, rec.Seconds())
			})
		}
		return finding.Number(resilience.Apdex(latencies, o.Threshold), "",
			fmt.Sprintf("%s; T = %s of %s", method, finding.Seconds(o.Threshold), o.Name), len(latencies))
	}
	return finding.None("", method, 0, "no objective has a latency threshold")
}
