// Package business is the part of Odoo that the embedded target has: orders,
// reservations, pickings, invoices, payments and purchases on Odoo's tables.
//
//  1. [Catalogue.Find] returns the operation of a [Call], by model and method;
//  2. [Call.Positional] or [Call.Named] reads its arguments;
//  3. [Operation.Run] runs it in the call's transaction and returns the result, or
//     an [Error] with the name that Odoo gives it;
//  4. [Operation.Service] is the time that Odoo needs for it, to be spent by the
//     server.
//
// The generic methods (create, read, search, write) work on the catalogue of models;
// what a business object adds is in the file of its name. A shipment writes a job
// into an outbox that lab/connector relays.
package business
