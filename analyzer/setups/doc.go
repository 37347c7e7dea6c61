// Package setups compares the setups of one run (CMP-001 to CMP-003). Its findings inform.
//
//  1. Every other setup is compared with the first, and a remedy with the setup that it
//     changes. Trials of one replicate form a pair.
//  2. Each condition of the experiment has two declared endpoints: the latency, stratified by
//     journey, and the share served. Conditions are calm, next to a disruptive tenant, and
//     during and after faults. Both sides are looked at for the same time.
//  3. The pairs are put together by a moderated t, from one pair on. What the calm blocks
//     explain is subtracted from those next to a disruptive tenant (CUPED).
//  4. Holm's procedure with weights tests all endpoints of a run together. Only endpoints
//     become sentences about a difference.
//  5. Each journey in each window is a row for exploring, without a claim.
//
// A comparison:
//
//	rows, primary, findings := setups.Judge(r)
//	fmt.Println(rows.Endpoints[0].Words)
//
// Statistics: packages effect, moderated and compare. Comparisons between runs: package
// versus.
package setups
