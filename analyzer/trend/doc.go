// Package trend follows the figures of runs through time, and finds where they change level.
//
//  1. [Follow] judges each run. An invalid run is left out, with a note.
//  2. It follows, for each setup, P50 and P95 of every journey in the baseline, the share
//     served, the slowdown under a disruptive tenant, and the slowest recovery.
//  3. Change points are those of PELT on the logarithms; shares are used as they are.
//  4. Each change lists the differences between the manifests of the two runs around it:
//     a place to look, not a cause.
//
// The changes of all runs:
//
//	all, notes, err := trend.Follow(runs, run.Options{})
//	...
//	for _, h := range all {
//		for _, b := range h.Breaks {
//			fmt.Println(b.Words(h))
//		}
//	}
//
// Source: Killick, Fearnhead, Eckley 2012 (PELT), package steady.
package trend
