// Package effect reduces one trial to its effect: the logarithm of a ratio of
// percentiles, with the variance that the trial itself shows.
//
// The trial is the unit of comparison. Package moderated puts the effects of
// several trials together.
//
// Procedure:
//
//  1. Split the arrivals of a trial by condition, e.g. without and with the
//     neighbour, and by journey. One that was not served has latency +Inf.
//  2. [Highest] finds the percentile that every trial has enough arrivals for.
//  3. [Between] gives the effect of one journey, from point percentiles.
//  4. [Stratified] gives the geometric mean over the journeys with fixed
//     weights ([Weights]), so that a shift of the mix is no effect.
//  5. [OfBlocks] does the same for switchback blocks (OFF ON ON OFF ...) and
//     takes the variance from the blocks.
//  6. [Across] sets two trials of one replicate against each other, e.g. two setups
//     under the neighbour; [Covariate] subtracts what their calm blocks already explain.
//     [Difference] is the ratio of two trials' slowdowns.
//
// Example: one trial, orders with and without the neighbour at P95.
//
//	e := effect.Between(calm, disturbed, 0.95)
//	fmt.Println(math.Exp(e.Log), math.Sqrt(e.Var))
//
// Sources: Hyndman & Fan (1996) for the percentile (type 8); David & Nagaraja,
// Order Statistics, 3rd ed., 7.1 for its variance; Deng, Xu, Kohavi & Walker,
// WSDM 2013, for the covariate.
package effect
