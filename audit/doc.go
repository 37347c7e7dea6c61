// Package audit reads back, after a trial, what the load wrote: whether every
// write that a client was told is done is there, once, and whether books and
// stock still add up.
//
//  1. The journal ([results.Write]) is folded into one fate a reference: what its
//     client was told in the end.
//  2. Each tenant's database is read in one read-only snapshot, with a time limit:
//     one question an operation, for all references at once.
//  3. Fate and finding give the counts of [results.AuditOp]: acknowledged but
//     lost, done though reported otherwise, duplicated, unexpected.
//  4. The laws of stock, books and jobs are checked in the same snapshot
//     ([results.Invariant]); one that cannot be checked says why, and is not held.
//  5. What was lost is laid at the fault before which it was acknowledged: the
//     recovery point observed.
//
// The first three steps are Jepsen's set checker (K. Kingsbury,
// jepsen.checker/set), with orders and their states as the set's elements.
//
//	found, err := audit.Run(ctx, []audit.Tenant{{Name: "t1", DSN: dsn}}, trial.Writes(), injections)
//
// docs/audit.md has the meaning and the SQL of everything.
package audit
