// Package server is the process of the embedded target: it serves Odoo 19's
// JSON-RPC and JSON-2 over HTTP.
//
// A request passes these steps, as in Odoo:
//
//  1. a worker accepts a connection from the listening socket, whose backlog is 8
//     connections a worker; it serves one request and closes the connection, so
//     that the queue is the socket's own ([listenWorkers]);
//  2. the host name selects the tenant's database, the session in Redis or the API
//     key in PostgreSQL selects the account;
//  3. the method runs in one repeatable-read transaction; a conflict is retried up
//     to four times while the worker sleeps in between ([server.transact]);
//  4. an error has the form that Odoo gives it in each API ([writeError]).
//
// Service times are Odoo's medians times a scale, spent waiting, so that two cores
// carry several tenants.
//
//	err := server.Serve(ctx, config)
package server
