// Package results is a run on disk: its schema, its writer and its reader.
//
// A run is a folder, results/runs/<experiment>/<utc>-<seed>/:
//
//	manifest.json            inputs, versions and environment; no credentials
//	plan.json                trials, windows and faults as planned
//	trials/<nn>-<setup>/     one folder a trial
//	  trial.json             state, base instant, windows, load delivered, audit
//	  samples-<scenario>.parquet  one row a step (while running: samples-<scenario>/0000.parquet ...)
//	  writes-<scenario>.parquet   the journal of business writes
//	                         (of several generators: samples-<scenario>.<i>of<n>.parquet ...)
//	  jobs.parquet           background work
//	  series.parquet         telemetry
//	  injections.json        faults with their marks and proofs
//	  log.txt                log of the harness; k6-<scenario>.log is that of k6
//	findings.json, report.html, report.md, junit.xml, windows.csv
//
// Files only grow or appear by rename, so a killed harness leaves a run that can
// still be judged:
//
//  1. [Create] a run, then [Writer.CreateTrial] for each trial.
//  2. Append rows to a [Table] for each of samples, writes, jobs and series. Every
//     few seconds they become a part, which is a complete file.
//  3. [Table.Close] joins the parts into one Parquet file.
//  4. [Open] reads a run, closed or not.
//
// Example:
//
//	run, err := results.Open("results/runs/first-look/latest")
//	for sample, err := range run.Trials[0].Samples() {
//		...
//	}
//
// Every Parquet file has the schema version as the key-value pair "harness.schema".
// docs/results.md describes the columns.
package results
