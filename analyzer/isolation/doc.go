// Package isolation measures how well a platform keeps its tenants apart: what a
// disruptive tenant, above its quota, does to the abiding ones, which stay within
// theirs.
//
// Two families of measures answer two questions.
//
// The impact on quality: how much worse is the service of the abiding tenants?
//
//  1. Measure every abiding tenant in a reference window and in a disruptive one.
//  2. [Slowdown] is the ratio a person understands: "t2 is 3.9 times slower".
//  3. [Impact] relates it to how much load was added: I_QoS. 0 is perfect
//     isolation; 1 means that quality worsens in proportion to the whole load.
//     [ImpactOver] averages it over several levels of disruption (I_avg).
//
// The ratio of workloads: how much abiding load has to go so that quality stays?
//
//	abiding load
//	w_aref ┤━━━━━━━━━━━━━━━━━━━━━━━━  perfectly isolated
//	       │ ╲   ╲
//	       │   ╲     ╲   measured profile
//	       │     ╲       ╲
//	     0 ┼───────╲─────────╲──────── disruptive load
//	      w_dref  w_dbase   w_dend
//	         not isolated: what one adds, the others lose
//
// The profile is measured, and then reduced:
//
//  1. Search, at each disruptive load, the abiding load that keeps the quality:
//     the profile f(w_d), a [Profile].
//  2. [Profile.Base] is what is left of the abiding load at w_dbase, where a
//     platform without isolation has nothing left; [Profile.End] how far beyond it
//     the disruptive load may rise until nothing is.
//  3. [Profile.IntBase] and [Profile.IntFree] are areas under the profile: 0 is not
//     isolated, 1 perfectly.
//
// Beside both stand [BlastRadius], the share of tenants that are hit, [Jain]'s
// fairness of what tenants got, and [Antagonist], which names a suspect.
//
// Source: Krebs, Momm & Kounev, Metrics and techniques for quantifying performance
// isolation in cloud environments, QoSA 2012 and Science of Computer Programming
// 90B (2014) 116-134. They take the mean response time; we take a percentile, give
// intervals, and show the worst tenant beside the aggregate, since a mean over
// tenants hides a single victim.
package isolation
