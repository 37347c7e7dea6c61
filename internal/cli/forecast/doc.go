// Package forecast predicts, before a run, what its experiment can decide.
//
//  1. [New] lists the primary questions of an experiment: the slowdown of abiding tenants on
//     each setup, the comparison of setups, the objectives.
//  2. For each it adds up the arrivals that the plan expects in the windows compared, and
//     takes how much trials vary from earlier runs, else the stated assumption.
//  3. [Question.Detect] is the smallest effect that is found with a given chance,
//     [Question.Course] how an experiment with a given effect goes.
//  4. [Question.Replicates] and [Question.Arrivals] are what to change to find an effect.
//
// The statistics are those of analyzer/stats/power. Arrivals are taken to be spread evenly
// over a scenario, and to depend on each other as in a pool at a utilisation of 0.8.
//
//	for _, q := range forecast.New(e, plan, nil).Questions {
//		fmt.Println(q.Text, q.Detect(0.8))
//	}
package forecast
