// Package embedded builds the embedded target: a small server with Odoo 19's APIs
// and known truth, next to real PostgreSQL and Redis. It is a target for a first
// look, for tests, and for weaknesses planted on purpose.
//
// Its figures describe the embedded target, not Odoo. A lab is built in four steps:
//
//  1. find the programs of PostgreSQL and Redis on this machine ([Builder]);
//  2. prepare a PostgreSQL cluster with the tables and accounts, once on this machine;
//  3. clone the cluster for every stack of the lab, and write the configurations;
//  4. return the processes in start order, with the edges that faults are put on.
//
// The rest by name:
//
//	server    HTTP, workers, sessions, transactions, and the errors of both APIs
//	business  orders, stock, pickings, invoices: Odoo's methods on Odoo's tables
//	weakness  what can be planted on purpose
//
//	stack, err := embedded.Builder{}.Build(ctx, spec, dir, log)
package embedded
