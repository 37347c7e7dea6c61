// Package results is a run on disk: its schema, its writer and its reader.
//
// A run is a folder, results/runs/<experiment>/<utc>-<seed>/:
//
//	manifest.json            what was run, with what, on what; no credentials
//	plan.json                trials, windows and faults as planned
//	trials/<nn>-<setup>/     one folder a trial
//	  trial.json             state, base instant, windows, load delivered, audit
//	  samples-<scenario>.parquet  one row a step (while running: samples-<scenario>/0000.parquet ...)
//	  writes-<scenario>.parquet   the journal of business writes
//	  series.parquet         telemetry
//	  injections.json        faults with their marks and proofs
//	  log.txt                what the harness said; k6-<scenario>.log has k6's words
//	findings.json, report.html, report.md, junit.xml
//
// Files only ever grow or appear by rename, so that a killed harness leaves a
// run that can still be judged:
//
//  1. [Create] a run, then [Run.CreateTrial] for each trial.
//  2. Append rows to the three [Table]s; every few seconds they become a part
//     file, complete in itself.
//  3. [Table.Close] joins the parts into one Parquet file.
//  4. [Open] reads a run whether it was closed or not.
//
// Every Parquet file carries the schema version as the key-value pair
// "harness.schema". The columns are described in docs/results.md.
package results
