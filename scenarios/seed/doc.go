// Package seed makes the work that a scenario does before it does it: products on
// the shelf, partners, confirmed orders with reserved pickings, orders to invoice,
// invoices to pay. And it takes away again what Odoo lets it take away.
//
//  1. Each tenant is seeded beside the others, through package odoo, in bulk calls.
//  2. Products and partners are made for this run: runs on one database do not
//     meet.
//  3. Orders are created and confirmed in batches; confirming reserves the stock.
//  4. Every document carries the run's reference.
package seed
