// Package kills ends the harness at random moments, on servers that it did not start.
//
//  1. staging starts plain servers: PostgreSQL with a standby, Redis, an HTTP server.
//  2. TestKilledTogether makes each local fault by the harness's own processes, and kills
//     them at a random moment: the harness; harness and guard; both and the watchdog.
//  3. Fifteen seconds later nothing bites, or doctor and the next run find and revert it.
//  4. A database that no setup names is read every 50 ms: nothing touches it.
//  5. TestKilledRuns does the same to whole runs, each of which is judged afterwards.
//
// The number of moments is in HARNESS_KILLS, of runs in HARNESS_KILLED_RUNS; `make
// test-kills` sets them.
package kills
