// Package durability judges what became of writes (DUR-001 to DUR-007). It does not depend
// on how fast anything was.
//
//  1. The journal has every write that a client attempted, and its acknowledgement.
//  2. The audit reads the target after the load and compares: lost, duplicated and refused
//     writes, writes without an answer, invariants of stock and accounting, stale reads.
//  3. One lost, duplicated or unexpected write fails: no sample size excuses it.
//  4. A cause is judged once. Losses by a restore belong to REC-005. An invariant that is
//     broken by a duplicated write belongs to DUR-002.
//
// The findings of a setup:
//
//	for _, f := range durability.Judge(r) {
//		fmt.Println(f.Verdict, f.ID, f.Because[0])
//	}
//
// docs/audit.md describes the audit.
package durability
