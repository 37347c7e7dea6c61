// Package k6 makes k6 speak Odoo: the module k6/x/odoo, the executor open-arrival,
// the output "harness", and the process around them. It and its parts are the only
// places that import k6, and they use its public API alone.
//
//  1. [Main] takes over a process that was started as `harness k6 ...`. When the
//     harness started it, the spec of the run comes through a pipe; when a person
//     did, from ODOO_URL and its like in the environment.
//  2. k6 loads the script. odoo.trial() tells it tenants, scale and duration.
//  3. Before any load the executor logs every user in. In a trial k6 then says that it
//     is ready, and waits for the base instant.
//  4. Each arrival runs one iteration. Its steps (odoo.order, odoo.confirm, ...) are
//     calls of package odoo, each recorded as one row with its intended start.
//  5. Progress goes to the harness through another pipe. When the harness is gone, which
//     the end of the first pipe tells, the run stops and the tables are closed.
package k6
