// Package scenarios is the load: the scripts, and the k6 process that runs them.
//
//  1. [Inspect] reads what a script declares: landmarks, arrivals by tenant and journey,
//     and the documents that it needs.
//  2. [Preflight] checks that a tenant accepts the log-in and has the modules.
//  3. [Seed] creates the documents in Odoo, with the run's reference.
//  4. [Start] starts k6 with the script: this binary again, as a child process.
//     Credentials go to it through a pipe. A held child reports when it is ready
//     ([Child.Ready]) and waits for the base instant ([Child.Begin]). Several children can
//     offer one script, each a Share of the Spec.
//  5. [Child.Progress] reports its progress. [Child.Wait] returns the generator's own
//     figures. Samples and writes are in the trial's folder.
//  6. [Clean] removes what a run created, as far as Odoo allows it.
//
// The scripts, such as dispatch-cutoff.js, also run alone:
//
//	ODOO_URL=http://127.0.0.1:8069 ODOO_DATABASE=test ODOO_PASSWORD=... harness k6 run scenarios/dispatch-cutoff.js
//
// A child ends when the harness ends for any reason, because the pipe that it watches
// closes.
package scenarios
