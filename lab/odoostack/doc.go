// Package odoostack builds labs of a real Odoo, 19 or 14, with its own PostgreSQL, Redis,
// ingress, connector and carrier. What differs between the two is a [version].
//
// The steps of a build; each is kept, so that the next lab skips it:
//
//  1. a root: a Debian tree with Odoo and the servers of its suite, made by
//     mmdebstrap from the mirror of the host's own apt, kept in the cache folder;
//  2. a template: a PostgreSQL data directory with one database that has the
//     logistics modules, load users, their API keys and warm assets, kept too;
//  3. stacks: [lab.Divide] cuts tenants, workers and CPU into one stack for all
//     tenants (shared), one each (dedicated), or both (hybrid);
//  4. per stack a copy of the template, in which every tenant is a clone of the
//     template database, and the configuration of each server;
//  5. the processes in start order with their ready checks, and the TCP edges
//     between them, handed to the supervisor as a [lab.Stack].
//
// Data flow of one stack; every arrow marked ~ passes an edge on which faults
// can be put:
//
//	client ~> nginx -> Odoo (HTTP workers, cron worker, websocket)
//	                    ~> PostgreSQL (one database a tenant)  [-> standby]
//	                    ~> Redis (sessions)
//	connector ~> PostgreSQL (outbox), ~> Redis (stream), ~> carrier, ~> nginx
//
// Servers run inside the root by [debian.Root.Command]: a mount and a process namespace
// of their own, so that no mount shows on the host and nothing outlives the
// server. This needs root on the host.
//
//	stack, err := odoostack.Builder{}.Build(ctx, spec, dir, log)
package odoostack
