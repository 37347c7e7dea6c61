// Package experiment holds the nouns of a chaos experiment and the conductor
// that runs one.
//
// From a file to a judged run:
//
//  1. [Load] reads the experiment, its setups, faults and objectives, checks each
//     against its schema and all against each other, and returns every problem at
//     once, with file, line and remedy.
//  2. [Experiment.Plan] lays out the trials: setups interleaved over replicates,
//     windows, moments of faults, blast radius. It touches nothing.
//  3. [Conductor.Run] runs the plan, trial by trial: target up, preflight, seed,
//     then load, faults, telemetry and halt watch on one clock; drain, audit,
//     close. Every fault is taken back whatever happens.
//  4. What was recorded is a run of package results; package analyzer judges it.
//
// A fault's moment is given relative to a landmark of the load, since that is
// what its users think in: ninety seconds before the dispatch cut-off.
//
//	faults:
//	  - {name: pg-restart, manifest: ../chaos/catalogue/postgres-restart.yaml, at: cutoff-90s, for: 10s}
package experiment
