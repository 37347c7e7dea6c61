// Package capacity answers how much a setup can carry.
//
// Capacity is the largest offered rate at which the share of arrivals served within
// the objective's latency is certainly large enough, errors stay within their share,
// the load is delivered and no queue grows.
//
//  1. Climb a ladder of planned levels, several trials a level. Each level is a
//     [Step] with a share over the trials (package level) and a [State]: kept, broken
//     or not known.
//  2. [Ladder.Carried] and [Ladder.FirstBroken] bracket the capacity.
//     [Ladder.Crossing] estimates it between them, with an interval from the bounds
//     of the steps. [Ladder.ProbabilityAt] gives the probability that a forecast
//     peak is carried.
//  3. [FitUSL] explains the curve of throughput by contention and coherency, and
//     refuses to extrapolate where the data do not carry it.
//  4. [Headroom] sets capacity against a forecast peak.
//
// Sources: Robertson, Wright & Dykstra, Order Restricted Statistical Inference
// (PAVA); Gunther, Guerrilla Capacity Planning (2007) (USL); Levenberg (1944),
// Marquardt (1963).
package capacity
