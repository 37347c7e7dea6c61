// Package local realises faults on processes of this machine: with the TCP
// proxies in front of the components, with signals to their process groups, and
// through the SQL and Redis connections of chaos/postgres and chaos/redis.
//
//  1. The owner of the components, lab/supervise, describes each as a [Part].
//
//  2. [New] makes the driver; it holds nothing and starts nothing.
//
//  3. [Driver.Check] matches the manifest's selector with the parts' labels and
//     tries to build the fault: it refuses what cannot be realised, with the
//     field, the reason and what to write instead.
//
//  4. [Driver.Fault] builds the same fault to be driven by a [chaos.Session],
//     here or on the other side of chaos/guard.
//
//     driver := local.New(parts)
//     targets, err := driver.Check(ctx, manifest)
//     fault, err := driver.Fault(manifest, targets)
//
// # Directions
//
// In a NetworkChaos, direction "to" is what the selected component sends and
// "from" is what it receives. A proxy stands in front of the component that is
// called, so for that one "to" is the answers (downstream) and "from" the
// requests (upstream). With spec.target the fault is on the proxy between the
// two: that of the selected component when the target calls it, that of the
// target when the selected component calls it. A proxy carries every caller of
// its component, so a target that leaves out one of them is refused.
//
// # Proofs
//
// A proof is read on the wire or from the kernel, never from what the driver
// itself did: a round trip through the proxy against one past it, a refused
// connection, a process state, a row in pg_locks.
package local
