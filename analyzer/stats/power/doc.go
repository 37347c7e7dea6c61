// Package power predicts, before an experiment, what it will be able to decide.
//
// Procedure:
//
//  1. [Trial] gives the variance of a trial's log-ratio from the arrivals it expects, the
//     blocks, and how strongly arrivals depend on each other. A history of runs is better:
//     take the mean variance within their trials, scaled by the arrivals.
//  2. [Design] adds how much trials vary (the prior of package moderated), the level and
//     the number of replicates.
//  3. [Design.Power] is the chance of a right decision with n replicates, in closed form.
//  4. [Design.Course] is the same when each replicate is looked at, with the mean number
//     of replicates; by simulation, to about 0.01.
//  5. [Design.Detect] is the smallest effect that is decided with a given power, and
//     [Design.Replicates] how many replicates a given effect needs.
//  6. During the experiment [Conditional] is the chance that the replicates left decide
//     what is not decided yet.
//
// Example: 180 arrivals a condition at P95, at most ten replicates.
//
//	d := power.Design{Within: power.Trial{Arrivals: 180, P: 0.95}.Variance(), Prior: moderated.Default(), AtMost: 10}
//	d.Detect(1, 0.8) // 1.28: a ratio of 1.28 is found in 80 % of experiments
//
// Sources: the noncentral t distribution, e.g. Julious, Sample Sizes for Clinical Trials
// (2010), chapter 3; Jennison & Turnbull (2000) for looks; Lachin, Controlled Clinical
// Trials 2 (1981) 93-113 for conditional power.
package power
