// Package chaos holds what every fault driver shares: the types of a fault, the
// lifecycle that takes it through its six verbs, and the matching of selectors.
//
// Procedure, from the file to the report:
//
//  1. chaos/manifest reads a Chaos Mesh resource, or one of this project's
//     kinds in the same form, into a [Manifest].
//  2. A [Driver] checks what it would hit ([Driver.Check]); a plan shows it.
//  3. [Driver.Fault] makes the [Fault], and a [Session] drives it: prepared ahead
//     of time, injected at its instant, proven, reverted, proven again.
//  4. Each mark is stamped on the trial's clock in a [results.Injection].
//
// An example, with the fault held for ten seconds:
//
//	targets, err := driver.Check(ctx, manifest)
//	fault, err := driver.Fault(manifest, targets)
//	session := chaos.NewSession(fault, chaos.Options{Clock: clock})
//	err = session.Run(ctx, chaos.Plan{Start: atCutoff, Hold: 10 * time.Second})
//	injection := session.Injection()
//
// The lifecycle with its proofs follows cockroach's roachprod failure injection
// (Setup, Inject, WaitForFailureToPropagate, Recover, WaitForFailureToRecover,
// Cleanup); the vocabulary is that of Chaos Mesh.
//
// Two drivers exist: chaos/local (proxies, processes, SQL and Redis commands on
// servers that this machine reaches) and chaos/mesh (Chaos Mesh on Kubernetes).
// Both use the faults of chaos/postgres and chaos/redis. chaos/guard carries a
// driver over a socket, so that a fault ends with the process that requested it.
package chaos
