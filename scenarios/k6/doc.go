// Package k6 extends k6 for Odoo: the module k6/x/odoo, the executor open-arrival, the
// output "harness", and the process around them. Only this package and its parts import
// k6, and they use only its public API.
//
//  1. [Main] runs a process that was started as `harness k6 ...`. Under the harness the
//     spec of the run comes through a pipe. Otherwise it comes from ODOO_URL and the
//     other variables of the environment.
//  2. k6 loads the script. odoo.trial() returns tenants, scale and duration.
//  3. Before any load the executor logs every user in. In a trial k6 then reports that it
//     is ready, and waits for the base instant.
//  4. Each arrival runs one iteration. Its steps (odoo.order, odoo.confirm, ...) are
//     calls of package odoo. Each is recorded as one row with its intended start.
//  5. Progress goes to the harness through another pipe. When the harness ends, the first
//     pipe closes; the run then stops and closes its tables.
package k6
