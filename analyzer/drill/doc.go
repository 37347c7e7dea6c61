// Package drill judges recovery drills (REC-001 to REC-005) and changes (CHG-001 to
// CHG-003).
//
//  1. A drill has steps with times: backup, break, restore, start; or those of a change and
//     of its rollback.
//  2. A row has how long it lasted, the journeys that failed in that time, lost sessions,
//     and the slowdown against the baseline.
//  3. After a restore, the time to recover ends with the first acknowledged write. The data
//     lost is the age of the oldest lost write, from the audit.
//  4. Times are judged against the RTO and RPO of the drill; without them they inform.
//
// A recovery:
//
//	rows, _ := drill.Judge(r)
//	fmt.Println(rows[0].Drill.Name, finding.Figure(rows[0].FirstGood), finding.Figure(rows[0].RPO))
//
// docs/drills.md describes the drills.
package drill
