// Package scenarios is the load: the scripts, and the k6 process that runs them.
//
//  1. [Inspect] asks a script what it will do: landmarks, arrivals by tenant and
//     journey, documents it needs.
//  2. [Preflight] checks that a tenant can be logged in to and has the modules.
//  3. [Seed] makes the documents in Odoo, tagged with the run's reference.
//  4. [Start] starts k6 with the script: this binary again, as a child process.
//     Credentials go to it through a pipe. A held one says when it is ready
//     ([Child.Ready]) and waits for the base instant ([Child.Begin]).
//  5. [Child.Progress] follows it; [Child.Wait] ends with what the generator knows of
//     itself. Samples and writes are in the trial's folder.
//  6. [Clean] removes what a run created, as far as Odoo allows it.
//
// The scripts, dispatch-cutoff.js and the like, run as they are, too:
//
//	ODOO_URL=http://127.0.0.1:8069 ODOO_DATABASE=test ODOO_PASSWORD=... harness k6 run scenarios/dispatch-cutoff.js
//
// A child ends with the harness, whatever ends the harness: the pipe that it watches
// closes.
package scenarios
