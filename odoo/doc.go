// Package odoo is a client of Odoo's API for the business of a warehouse:
// order, confirm, reserve, scan, ship, receive, invoice, post, pay, import,
// report, and their queries.
//
// It speaks both of Odoo's interfaces, sessions over JSON-RPC (16 to 19) and
// bearer keys over JSON-2 (19), behind the same typed calls:
//
//  1. [Dial] a tenant: URL, Host header, database, account. Nothing is sent yet.
//  2. [Client.Login] opens the session, or checks the key. Do it before measuring:
//     a log-in costs Odoo half a second of CPU.
//  3. Call a business operation: [Client.CreateOrder], [Client.Ship], ... or any
//     method with [Client.Call].
//  4. Read the [Answer]. Its outcome is Odoo's own result ([Classify]), not the HTTP
//     status: Odoo answers 200 to most errors, and 404 when its database is down.
//
// Requests are written directly as bytes, and answers are decoded only where they are
// read. The client never repeats a request, since a silent retry would hide a lost
// acknowledgement.
package odoo
