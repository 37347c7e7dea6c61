// Package telemetry reads a setup while it runs: PostgreSQL, Redis, ingress,
// Odoo, background jobs, host, cgroups, processes, and the user's own
// Prometheus. It only ever reads.
//
//  1. [Probes] makes the probes that the components of a setup call for.
//  2. [Sample] reads each of them once a second, every one in a goroutine of its
//     own with its own deadline: one that hangs or whose target is down loses its
//     own readings, never those of others, and goes on as soon as it can.
//  3. Every reading becomes a [results.Point] with unit and better-direction
//     from [Catalogue], stamped on the trial's clock.
//  4. What could not be read is told once, with how often and when, instead of
//     ending the trial.
//
// An example:
//
//	probes := telemetry.Probes([]telemetry.Target{
//		{Component: "shared/postgres", Kind: "postgres", DSN: dsn, Tenants: []string{"t1", "t2"}},
//		{Component: "shared/odoo", Kind: "odoo", Address: "127.0.0.1:8069", Log: "odoo.log"},
//	})
//	problems, err := telemetry.Sample(ctx, base, time.Second, probes, table.Append)
//
// docs/telemetry.md lists every series.
package telemetry
