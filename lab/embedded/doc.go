// Package embedded is a small stand-in for Odoo 19, with known truth: a target
// for a first look, for tests, and for weaknesses planted on purpose.
//
// Its figures describe the stand-in, not Odoo. What it shares with Odoo:
//
//  1. a fixed number of workers take requests from one listening socket whose
//     backlog is 8 a worker; a worker serves one request and closes the
//     connection, so that the queue is the socket's own ([listenWorkers]);
//  2. a request finds its tenant by host name, its session in Redis (or its API
//     key in PostgreSQL), and runs in one repeatable-read transaction in the
//     tenant's database; conflicts are tried again five times, the worker sleeping
//     in between ([server.transact]);
//  3. the business operations of a warehouse work on Odoo's tables: orders,
//     reservations on quants, pickings, invoices numbered by one row a journal;
//  4. a shipment writes a job into an outbox that lab/connector relays;
//  5. errors have Odoo's shapes in both APIs ([odooError]).
//
// Service times are Odoo's medians times a scale, spent waiting, so that two cores
// carry several tenants. [Builder] makes a lab of it with real PostgreSQL and
// Redis; [Weaknesses] lists what can be planted.
//
//	err := embedded.Serve(ctx, config)
package embedded
