// Package lab brings local targets up and down: a real Odoo, or the
// embedded target, with PostgreSQL, Redis and an ingress, as a multi-tenant, dedicated
// or hybrid setup.
//
// A lab is a folder of state and a supervisor process that outlives the harness:
//
//  1. [Up] writes the spec into the folder and starts the supervisor, detached;
//
//  2. the supervisor (lab/supervise) has a [Builder] make the [Stack], opens its
//     edges, starts its processes and writes the [Status] when all are ready;
//
//  3. the harness reads the status: addresses, credentials, the socket of the
//     guard at which faults are requested;
//
//  4. [Down] stops the supervisor and checks that nothing is left;
//
//  5. [Sweep] removes what is left of labs whose supervisor was killed.
//
//     status, err := lab.Up(ctx, spec, lab.DefaultDir(), log)
//     defer lab.Down(cleanup, lab.DefaultDir(), spec.Name)
package lab
