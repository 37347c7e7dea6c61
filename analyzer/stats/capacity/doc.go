// Package capacity answers how much a setup can carry.
//
// Capacity is the largest offered rate at which the upper bound of P95 stays within
// the objective, errors within their share, at least 99 % of the load is delivered
// and no queue grows.
//
//  1. Climb a ladder of offered rates, several runs a rung ([Rung]).
//  2. [Ladder.Within] judges each rung; [Ladder.Capacity] smooths P95 over the
//     rungs ([PAVA]), inverts it at the objective, and takes its interval from
//     resampling whole runs.
//  3. [FitUSL] explains the curve of throughput by contention and coherency, and
//     refuses to extrapolate where the data do not carry it.
//  4. [Headroom] sets capacity against a forecast peak.
//
// Sources: Robertson, Wright & Dykstra, Order Restricted Statistical Inference
// (PAVA); Gunther, Guerrilla Capacity Planning (2007) (USL); Levenberg (1944),
// Marquardt (1963).
package capacity
