// Package campaign judges the cells of a resiliency matrix: one journey on one setup while one
// fault occurs at one moment.
//
//  1. A [Wanted] is a journey with its expectation: a share served, a time to recover, or both.
//  2. [Judge] judges a run by the analyzer, with these expectations as its objectives. It
//     returns one [Outcome] for each journey, with measurement, interval and verdict.
//  3. A [Dose] searches how long a fault may last, and a [Worst] the moment at which it harms most.
//  4. A [Matrix] has all cells, also those without evidence or with evidence that is too old.
//
// The expectation is no part of the run. A run is judged again when the expectation changes:
//
//	outcomes, err := campaign.Judge(run, "redis-down", "shared", []campaign.Wanted{
//		{Journey: "shipping", Expect: campaign.Expect{Served: 0.99, Within: 3, Recovery: 10}},
//	})
package campaign
