// Package validity judges the measurement itself (VAL-001 to VAL-012). A run whose
// measurement is broken is invalid, whatever its figures.
//
//  1. Each trial: it ran to its end, the planned load was delivered, the generator had
//     headroom, every fault has proofs, the script had no errors, the probes could read.
//  2. Each setup: its calm windows have enough arrivals, its baseline is stable.
//  3. All setups: they have the same workers and CPU, held by cgroups.
//
// A trial that was halted or killed makes its findings inconclusive, not invalid: the
// part that was recorded is sound.
//
//	for _, f := range validity.Judge(r) {
//		fmt.Println(f.Verdict, f.ID, f.Title, f.Because)
//	}
//
// Thresholds and their reasons: docs/methods.md.
package validity
