// Package simulate makes runs with a planted truth, for tests that hold the analyzer to
// it. It writes what the harness writes: a manifest, a plan, and per trial trial.json,
// injections.json and Parquet tables of samples and writes. Tests judge them over the
// public path, results.Open and analyzer.Analyze.
//
// Procedure:
//
//  1. Describe a [World]: tenants, journeys, setups, what the neighbour and the faults do,
//     and how much runs and windows vary. [Standard] is the world of docs/methods.md.
//  2. [World.Record] simulates all trials. Arrivals are Poisson from the seed, the same for
//     both setups of a replicate; they queue in pools of workers, first come first
//     served, from the stationary state. No clock passes: a trial of a minute takes less
//     than a millisecond.
//  3. What is planted is a factor on latencies: a slowdown of 2 makes every percentile
//     exactly twice as large, for any queue. With [Setup.Noise] the neighbour's arrivals
//     really queue in the pool instead; [World.Percentile] then gives the truth.
//  4. Change the [Recorded] run where a test needs damage: copies, gaps, negative times.
//  5. [Recorded.Write] writes it; [Folder] is a folder in memory where there is one.
//
// Example: six pairs of trials, no difference between the setups, written and judged.
//
//	w := simulate.Standard(1)
//	run, err := w.Record().Write(simulate.Folder(t))
//	judgement, err := analyzer.Analyze(run, analyzer.Options{})
//
// The same world gives the same run, byte for byte. [MMc] gives sojourn times alone, for
// tests of statistics.
package simulate
