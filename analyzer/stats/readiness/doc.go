// Package readiness answers whether a peak will be shipped in time: with which probability
// everything that arrives before a cut-off is served within the objective, while faults occur
// at their rates.
//
//  1. [Plan] holds the forecast, the capacity, the capacity that each fault leaves, how often
//     and how long faults last, each with its uncertainty.
//  2. [Predict] draws many peaks. Each has a load, a capacity and the times of its faults.
//  3. A peak is a fluid queue: work beyond the capacity waits, and drains at the throughput of
//     a full platform. Arrivals that wait are late. So is a share of the others, which rises
//     with the load as the ladder shows.
//  4. A peak is shipped when nothing waits at the cut-off and the share of late arrivals keeps
//     the objective. Its margin is the largest factor of its load at which that holds.
//  5. Evidence that is missing or bounded is read twice, at its worst and at its best. Where
//     the readings fall on both sides of the threshold, there is not enough evidence.
//
// For a forecast of 8/s, a capacity of 10/s and a fault that leaves half of it:
//
//	a := readiness.Predict(readiness.Plan{
//		Window: 7200, Target: 0.95, Threshold: 0.9,
//		Forecast: readiness.Estimate{Value: 8, Spread: 0.1},
//		Capacity: readiness.Estimate{Value: 10, Spread: 0.05},
//		Faults:   []readiness.Fault{{Name: "server", Rate: 0.01, Lasts: readiness.Known(600),
//			Left: readiness.Measured(0.5, 0.05)}},
//	})
//
// Sources: first-order variance shares after Sobol (1993), estimated from the draws as in
// Plischke, Borgonovo and Smith (2013); the value of a measurement as the expected value of
// perfect information on one parameter (Claxton 1999).
package readiness
