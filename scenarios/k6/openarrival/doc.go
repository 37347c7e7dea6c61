// Package openarrival is the k6 executor "open-arrival": work arrives when it
// arrives, whether the target keeps up or not.
//
// k6's own arrival-rate executors fire evenly, drop what finds no free virtual
// user, and count latency from the moment a user was free: a stall of the target
// hides itself (coordinated omission). This one
//
//  1. computes every arrival beforehand from a seed (package arrivals),
//  2. starts its clock at the trial's base instant, which comes after k6 got ready,
//  3. hands each arrival to a free virtual user, or queues it,
//  4. tells the iteration its intended start ([FromContext]), from which latency
//     counts,
//  5. counts an arrival that finds the queue full, or is still queued at the end, as
//     dropped: lost load is a figure, never silence.
//
// Over execution segments the union of all arrivals is exact: each segment takes its
// stripe of the same sequence.
//
// In a script:
//
//	export const options = { scenarios: { t1_orders: {
//	  executor: 'open-arrival', exec: 'orders', rate: 2,
//	  stages: [{ duration: '1m', target: 2 }, { duration: '30s', target: 8 }],
//	  maxVUs: 50,
//	} } };
//
// Only k6's public API is used.
package openarrival
