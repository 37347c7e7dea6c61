// Package isolation measures how well a platform keeps its tenants apart: what a
// disruptive tenant, above its quota, does to the abiding ones, which stay within
// theirs. Two families of measures answer two questions about one and the same
// disturbance.
//
// # How much worse is the service of the abiding tenants?
//
// Their load stays as it is; that of the disruptive tenant rises; the loss of quality
// is read.
//
//  1. Measure every abiding tenant in a reference window and in a disruptive one.
//  2. [Slowdown] is the ratio a person understands: "t2 is 3.9 times slower".
//  3. [Impact] relates it to how much load was added (I_QoS). 0 is perfect isolation;
//     1 means that quality worsens in proportion to the whole load; near saturation
//     there is no upper end.
//  4. [ImpactOver] averages it over several levels of disruption (I_avg).
//
// I_QoS depends on where it is read: on one M/M/1 server, which isolates nothing, it
// is 1.8 when the disruptive tenant doubles its tenth of a load of 60 %, and 6 when it
// offers six times as much. Compare setups at the same loads only.
//
// # How much load is left to them?
//
// Their quality is held; as the load of the disruptive tenant rises, theirs is lowered
// until the objective is kept. The load that is left is the profile f(w_d).
//
//		abiding load
//		w_aref ┤━━━━━━━━━━━━━━━━━━━━━━━━  perfectly isolated
//		       │ ╲   ╲
//		       │   ╲     ╲   measured profile f
//		       │     ╲       ╲
//		     0 ┼───────╲─────────╲──────── disruptive load w_d
//		      w_dref  w_dbase   w_dend
//		         not isolated: what one adds, the others lose
//
//	 1. At each disruptive load, find the abiding load that just keeps the objective
//	    ([NewProfile] takes the points). The first point is the reference: (w_dref, w_aref).
//	 2. w_dbase = w_dref + w_aref is where a platform without isolation has nothing left.
//	    [Profile.Base] is what is left there (I_base, 0 to 1).
//	 3. [Profile.End] is how much further the disruptive load may rise until nothing is
//	    (I_end, from 0 without an upper end).
//	 4. [Profile.IntBase] and [Profile.IntFree] are areas under the profile, up to w_dbase
//	    and up to any load beyond: 0 is not isolated, 1 perfectly (I_intBase, I_intFree).
//
// The first family is cheap, one window a level, and near saturation it explodes. The
// second costs a search at every level, is bounded, and reads as a share of load. Both
// loads must be in one unit of work; both tenants offering the same mix is the simplest
// way. A profile on a platform far below saturation is flat whatever its isolation: the
// reference must be the most that keeps the objective, not what happened to be offered.
//
// # Which tenants are hit, and which one is the cause?
//
// [BlastRadius] is the share of tenants that are certainly hit. [Jain] is the fairness of
// what tenants got. [Antagonist] names a suspect, which is no proof.
//
// # Source
//
// Krebs, Momm & Kounev, Metrics and techniques for quantifying performance isolation in
// cloud environments, QoSA 2012 and Science of Computer Programming 90B (2014) 116-134.
// They take the mean response time. Callers here take a percentile, give intervals, and
// show the worst tenant next to the aggregate, since a mean over tenants hides one that
// suffers.
package isolation
