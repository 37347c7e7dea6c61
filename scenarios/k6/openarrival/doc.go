// Package openarrival is the k6 executor "open-arrival". Arrivals do not depend on the
// speed of the target.
//
// k6's own arrival-rate executors start iterations evenly, drop them when no virtual user
// is free, and count latency from the time at which a user was free. A stall of the target
// then hides itself (coordinated omission). This executor
//
//  1. computes every arrival beforehand from a seed (package arrivals),
//  2. starts its clock at the trial's base instant, which comes after k6 is ready,
//  3. passes each arrival to a free virtual user, or queues it,
//  4. gives the iteration its intended start ([FromContext]), from which latency counts,
//  5. counts an arrival as dropped if the queue is full, or if it is still queued at the
//     end.
//
// Over execution segments the union of all arrivals is exact: each segment runs its stripe
// of the same sequence.
//
// In a script:
//
//	export const options = { scenarios: { t1_orders: {
//	  executor: 'open-arrival', exec: 'orders', rate: 2,
//	  stages: [{ duration: '1m', target: 2 }, { duration: '30s', target: 8 }],
//	  maxVUs: 50,
//	} } };
//
// The package uses only k6's public API.
package openarrival
