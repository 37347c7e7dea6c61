// Package latency describes how long journeys and steps took, and which arrivals were not
// served (LAT-001, LAT-002). Its findings inform.
//
//  1. A window row describes one journey of one tenant, or of all abiding ones: offered,
//     served, outcomes, and P50 to P99 with intervals.
//  2. A step row does so for one step of the abiding tenants.
//  3. Latency counts from the intended start, over all arrivals; those not served sort
//     last. Service time counts from the actual start, over served arrivals.
//  4. Each trial has curves over time, and a percentile spectrum for each window.
//
// A row of the baseline:
//
//	rows, _ := latency.Judge(r)
//	fmt.Println(rows.Windows[0].Journey, finding.Figure(rows.Windows[0].Latency.P95))
//
// Intervals and their coverage: docs/methods.md and package quantile.
package latency
