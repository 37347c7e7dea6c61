// Package setups compares the setups of one run (CMP-001 to CMP-003). Its findings inform.
//
//  1. Every other setup is compared with the first, by window and journey, at P50 and P95.
//  2. Trials of one replicate have the same arrivals and form a pair. The interval of the
//     ratio comes from the pairs when they are enough, else from within the trials.
//  3. An interval within the margin is no material difference; one above or below 1 is
//     slower or faster; anything else is undecided.
//  4. A difference from within the trials stays inconclusive: it does not show how much
//     trials vary.
//
// A comparison:
//
//	rows, _ := setups.Judge(r)
//	fmt.Println(rows[0].B, rows[0].Words)
//
// Statistics: package compare. Comparisons between runs: package versus.
package setups
