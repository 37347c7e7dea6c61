// Package drill performs what operators do, under load: it restores a lost database from
// its backup, restarts servers, updates modules, and rolls a bad release back.
//
//  1. [Rig.Run] waits for the drill's moment on the clock of the trial.
//  2. Each step has a time limit, and is marked with its beginning and its end.
//  3. A change with a watch is rolled back when the clients see too many errors.
//  4. Servers are stopped by faults of package chaos, which a crashed harness reverts.
//
// Whether the restored business is whole is the verdict of the audit.
//
//	rig.Run(ctx, clock.At(base), trial.Drills[0])
package drill
