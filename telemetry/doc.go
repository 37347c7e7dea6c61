// Package telemetry reads a setup while it runs: PostgreSQL, Redis, ingress,
// Odoo, background jobs, host, cgroups, processes, and the user's own
// Prometheus. It never writes.
//
//  1. [Probes] creates the probes for the components of a setup.
//  2. [Sample] reads each of them once a second, in a goroutine of its own with its
//     own deadline. A probe that hangs, or whose target is down, loses only its own
//     readings, and continues as soon as it can.
//  3. Every reading becomes a [results.Point] on the trial's clock, with unit and
//     better direction from [Catalogue].
//  4. A failed reading does not end the trial. It becomes one problem, with its number
//     and times.
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
