// Package neighbour judges what disruptive tenants do to the abiding ones (ISO-001 to
// ISO-005).
//
//  1. Slowdown: a latency percentile in the window of the disruptive tenant over that of
//     the baseline, for each abiding tenant and for all together. The percentile is the
//     highest of P95, P90 and P50 with an interval in both windows.
//  2. ISO-001 passes when the whole interval is within the limit, fails when none of it is.
//  3. Blast radius and I_QoS describe how far and how much the load is felt.
//  4. Several levels of disturbance give a curve and I_avg.
//  5. A grid of abiding and disruptive loads gives the isolation ratios: how much abiding
//     load is left within the objective at each disruptive load.
//
// The slowdown of all abiding tenants:
//
//	rows, _ := neighbour.Judge(r)
//	fmt.Println(rows.Isolation[0].Quantile, finding.Figure(rows.Isolation[0].Slowdown))
//
// Source: Krebs, Momm, Kounev 2012, metrics of performance isolation; package isolation.
package neighbour
