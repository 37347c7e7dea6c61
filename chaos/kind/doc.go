// Package kind is the table of faults: one row for each action of each kind, with
// what every other package needs to know about it. It holds plain data and imports
// nothing, so that a plan, a record or a document can be made without a driver.
//
//  1. [Table] returns the rows; [Find] returns the row of a kind and action.
//  2. chaos/manifest takes from it the known actions, which of them need a duration
//     and which parameters belong to which action.
//  3. chaos/local and chaos/mesh refuse what they cannot do by
//     [Fault.Local] and [Fault.Mesh]. A builder with the row's name makes what they can.
//  4. results.Injection records whether the fault destroys, for the audit.
//  5. The tables of docs/faults.md are generated from it:
//     go test ./chaos/kind -run TestDocs -update
//
// A new fault is one file in a driver's folder, with its type and its builder, and
// one row here. A test of each driver fails until row and builder agree.
//
//	row, known := kind.Find("PostgresChaos", "freeze")
//	row.Lasts // true: its manifest needs a duration
package kind
