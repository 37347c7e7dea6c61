// Package carried judges how much load each setup carries (CAP-001 to CAP-006).
//
//  1. A ladder offers ascending loads. Its steps are known by their planned level, over the
//     trials.
//  2. A step is kept or broken by an interval: of its latency percentile, its errors, the
//     load delivered, growing queues. Otherwise it is not known.
//  3. Carried is the highest kept step without a broken one below it. The crossing of a
//     smoothed curve estimates the capacity between steps.
//  4. The forecast peak passes and fails by those intervals, never by a point.
//  5. Next to it: documents an hour and their cost, the resources that were full first, the
//     Universal Scalability Law, and a queueing model that is checked on held-out steps.
//
// The capacity of a setup:
//
//	rows, _ := carried.Judge(r)
//	fmt.Println(finding.Figure(rows.Capacity[0].Carried), rows.Capacity[0].Stopped)
//
// docs/capacity.md explains the ladder; statistics are in packages capacity, level and
// queueing.
package carried
