// Package background judges the work that no user waits for (BKG-001 to BKG-004): jobs,
// backlogs, calls to the carrier.
//
//  1. Jobs are read from the target's own records after the load. Each has when it was
//     queued and when it was done. A job that is left undone sorts last, above every time.
//  2. A row describes one kind of job in one window, next to the journeys of the same
//     window and tenant.
//  3. Backlogs are telemetry series that count work left to do. A backlog has drained when
//     it is no longer than in the calm window before.
//  4. Calls to the carrier are integrated from its own counters.
//
// Jobs that were left:
//
//	rows, _ := background.Judge(r)
//	for _, row := range rows.Background {
//		fmt.Println(row.Job, row.Window, row.Queued, row.Undone)
//	}
package background
