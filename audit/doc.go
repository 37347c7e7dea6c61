// Package audit reads back what the load wrote, after a trial. It checks that every
// acknowledged write is there exactly once, and that stock, books and jobs are
// consistent.
//
//  1. Fold the journal ([results.Write]) into one answer per reference: acknowledged,
//     indeterminate or refused.
//  2. Read each tenant's database in one read-only snapshot, with a time limit. One
//     query per operation covers all references.
//  3. Compare answer and database. The counts are those of [results.AuditOp]:
//     acknowledged but lost, done but reported as failed, duplicated, unexpected.
//  4. Check the laws of stock, books and jobs in the same snapshot
//     ([results.Invariant]). A law that cannot be checked gives the reason, and does
//     not hold.
//  5. Attribute each lost write to a fault. The age of the oldest is the observed
//     recovery point (RPO).
//
// The first three steps are Jepsen's set checker (K. Kingsbury, jepsen.checker/set),
// with orders and their states as the set's elements.
//
// Example:
//
//	found, err := audit.Run(ctx, []audit.Tenant{{Name: "t1", DSN: dsn}}, trial.Writes(), injections)
//
// docs/audit.md describes every operation and law.
package audit
