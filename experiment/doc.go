// Package experiment is the face of the experiment: from a file to a recorded run.
//
//  1. [Load] reads the experiment and the files that it names (packages file and spec).
//     It returns every problem at once, with file, line and what to write instead.
//  2. [Plan] lays out the trials in time: setups interleaved over replicates, windows,
//     moments of faults, blast radius (package plan).
//  3. Package target brings a setup up, or attaches to it.
//  4. Package conduct runs the plan: load, faults, drills, telemetry and halt watch on
//     one clock; then the audit. Every fault is reverted in all cases.
//  5. Package watch shows progress. Package results holds what was recorded, which
//     package analyzer judges.
//
// The moment of a fault is given relative to a landmark of the load: users think of
// ninety seconds before the dispatch cut-off.
//
//	faults:
//	  - {name: pg-restart, manifest: ../chaos/catalogue/postgres-restart.yaml, at: cutoff-90s, for: 10s}
package experiment
