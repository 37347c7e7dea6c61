// Package odoo runs whole experiments on a real Odoo 19 in a lab of this machine.
//
// The tests have the tag "odoo". make e2e-odoo runs every operation once; make
// test-survival runs the examples about failover, backup, restarts and lost jobs, and
// compares each finding with the database. make track-record reproduces published faults of
// Odoo (docs/track-record.md).
package odoo
