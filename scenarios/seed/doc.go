// Package seed creates the documents that a scenario needs: products in stock, partners,
// confirmed orders with reserved pickings, orders to invoice, invoices to pay. It also
// removes them, as far as Odoo allows it.
//
//  1. All tenants are seeded at the same time, through package odoo, in bulk calls.
//  2. Products and partners are created for this run, so runs on one database do not
//     collide.
//  3. Orders are created and confirmed in batches. Confirming reserves the stock.
//  4. Every document has the run's reference.
package seed
