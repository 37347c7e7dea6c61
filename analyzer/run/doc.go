// Package run holds a run in memory, in the form that every question of the analyzer
// reads.
//
//  1. [Sources] names where the rows of each trial come from: files, or a simulation.
//  2. [Load] turns every step into a [Record] of 32 bytes. Names become numbers.
//  3. The planned windows are cut again at what really happened, the marks of the faults.
//  4. Each record gets the window of its intended start. Latency counts from there.
//  5. Journeys and steps are grouped and summarised: counts, outcomes, percentiles.
//
// An arrival that was not served sorts last in every latency, see [Record.Waited].
//
//	recorded, err := results.Open("results/runs/peak-season/latest")
//	...
//	r := run.Load(recorded, run.Sources(recorded), run.Options{}.OrDefaults())
//	for _, w := range r.Windows {
//		fmt.Println(w.Key.Setup, w.Key.Window, w.N, w.Latency[run.P95].Value)
//	}
package run
