// Package conduct runs a plan, trial by trial, and records it.
//
//  1. The target of the trial is brought up, and every tenant is checked.
//  2. Documents for the load are seeded, then the load generators get ready.
//  3. The base instant is set. Load, faults, drills and telemetry count from it.
//  4. The halt watch ends the trial when the error rate exceeds its limit.
//  5. The load drains, the audit reads every acknowledged write back.
//  6. The target is closed, and the state of the trial is written.
//
// Every fault is reverted in all cases, also after Ctrl-C.
//
//	c := conduct.Conductor{Root: "results/runs", Open: target.Open(labDir), Plan: experiment.Plan, Watch: watch}
//	dir, err := c.Run(ctx, e, p)
package conduct
