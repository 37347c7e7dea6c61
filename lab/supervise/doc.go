// Package supervise is the process that owns a running lab: it outlives a harness
// that is killed, and ends everything when it ends itself.
//
//  1. [Run] has the builder make the stack and records what has to be freed;
//  2. it opens the edges, TCP proxies that stay closed while the component behind
//     them is not ready, as a Service without endpoints would;
//  3. it starts the processes in waves (those in a row of one kind together) and
//     waits until each is ready;
//  4. it serves chaos/guard on a Unix socket and writes the status: the lab is up;
//  5. it restarts crashed processes, with a growing wait, unless a fault holds
//     them down, and keeps the record of processes current;
//  6. when its context ends it recovers faults, stops the processes in reverse
//     order, closes the edges and frees the rest.
//
// One process, see [child]:
//
//	        start            ready
//	down ──────────> starting ─────> up
//	 ▲  ▲               │ ends        │ ends
//	 │  └─── backoff ───┴─────────────┤
//	 │ Release                        │ Hold
//	held <────────────────────────────┘
//
// Every process leads a group of its own and dies with the supervisor by
// Pdeathsig. What the kernel does not reach that way is in the record, for
// [lab.Sweep].
//
//	err := supervise.Run(ctx, spec, state, embedded.Builder{})
package supervise
