// Package attribution looks for causes of late and lost journeys (ATT-001, ATT-002). Its
// findings inform.
//
//  1. A trial is cut into bins. Each has the offered load, the share of late or lost
//     arrivals of abiding tenants, and the telemetry.
//  2. Links (ATT-001): a series that moved before journeys were late, beyond chance and the
//     load, by prewhitened cross-correlation. A link is in time, not a cause.
//  3. Effects (ATT-002): the share of late or lost arrivals during a fault, less that of
//     calm windows of the same length and load in the same trials. The harness chose the
//     time of the fault, so the difference is its effect.
//  4. The level holds over all series and lags together, and over all faults.
//
// A link:
//
//	rows, _ := attribution.Judge(r)
//	fmt.Println(rows.Links[0].Words)
//
// Statistics: package stats/attribution.
package attribution
