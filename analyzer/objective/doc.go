// Package objective judges the objectives of an experiment (SLO-001, SLO-002).
//
//  1. An event is an arrival of the objective's journeys or steps, after the warm-up. It
//     is good when it was served within the threshold. Errors of the script do not count.
//  2. The share of good events has the interval of package level, for what a further trial
//     would be a draw of: events of one window depend on each other, and trials vary. It
//     covers from one trial on. A fault lowers the share of its window by design.
//  3. An objective passes when the whole interval reaches the target, fails when none of
//     it does, and is inconclusive otherwise.
//  4. Each tenant is judged with intervals that hold together (Bonferroni).
//  5. Next to the verdict: what each fault spent of the error budget, availability by
//     requests and by time, Apdex.
//
// An objective and its verdict:
//
//	rows, _ := objective.Judge(r)
//	fmt.Println(rows.Objectives[0].Objective.Name, rows.Objectives[0].Verdict)
//
// Sources: Google SRE workbook (burn rate), Wilson 1927, OpenSLO (time slices).
package objective
