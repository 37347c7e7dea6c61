// Package remedy answers whether the remedies of a run help, how much, and what they cost
// (REM-001).
//
//  1. A remedy is a setup that is another one with a change. Both run the same blocks with
//     the same arrivals, and package setups compares them by the main question of the run.
//  2. A remedy helps when that comparison decides for it: the latency is lower, or more is
//     served. It does not help when there is no material difference.
//  3. The slowdown under the disruptive tenant, before and after, is that of package
//     neighbour.
//  4. What it costs: the price, the calm windows, the share served to the disruptive
//     tenant itself, and findings that fail with it alone.
//  5. Findings on the changed setup that advise such a remedy name what was measured.
//
// The remedies of a run:
//
//	rows, findings := remedy.Judge(r, endpoints, isolation, others)
//	fmt.Println(rows[0].Words)
package remedy
