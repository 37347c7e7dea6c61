// Package mesh is the driver that realises faults by Chaos Mesh on Kubernetes.
//
//  1. [Driver.Check] finds the pods that a manifest would hit now, within the
//     namespaces that the setup allows, and the components that they make up.
//  2. Prepare checks every permission at once, lets the API server try the
//     resource without keeping it, and looks for a daemon next to each pod.
//  3. Inject creates the resource: labelled with the run, in the setup's
//     namespaces, with the duration of the manifest, which ends the fault also when
//     the harness was killed.
//  4. In effect is read from the records of the injection and from the pods,
//     never from a condition alone, for a fault that never happened has the conditions of
//     one that is over.
//  5. Recover deletes the resource. A deletion that hangs is forced step by step,
//     what it leaves with the pods is taken out, and both are reported.
//  6. [Driver.Sweep] removes what a killed harness left.
//
// Schedule and Workflow are in effect when one of the faults that they started is;
// the Workflow is finished when it is accomplished, the Schedule never: it is
// deleted at the end of its window.
//
// PostgresChaos and RedisChaos are faults of our own; they go through the
// component's connection, whose credentials come from a Secret.
//
// docs/kubernetes.md lists where Chaos Mesh differs from its documentation.
package mesh
