// Package cluster starts a real Kubernetes for tests, on this machine, without root
// or containers: etcd, the API server, its controllers and scheduler, Chaos Mesh's
// controllers with their webhooks, a node whose pods are local processes, and a
// recording chaos-daemon. The programs are those of testenv, found by the
// environment variable HARNESS_TESTENV; make test-kubernetes builds them and sets
// it.
//
//  1. [Start] brings up the control plane on free ports of loopback.
//  2. [Cluster.InstallKinds], [Cluster.InstallWebhooks], [Cluster.StartController]
//     and [Cluster.StartDaemon] install Chaos Mesh in parts, so that a test can
//     leave one out; [Cluster.InstallChaosMesh] is all of them.
//  3. [Cluster.Kill] ends a part as a crash would, [Cluster.Calls] returns the
//     requests of the daemon, [Cluster.InEffect] what of them was not reverted.
//  4. [Cluster.Stop] ends everything and removes the folder; HARNESS_TESTENV_LOGS names
//     one to which its logs are copied before.
//
// With [StartOn] the node is a real one: a kubelet, containers, Chaos Mesh's own
// daemon. It needs root and namespaces of its own, which the command nodelab makes.
// Tests start it by [Lab].
//
// The address of the node and of its pods is one of this machine's that is not
// loopback: Kubernetes refuses loopback addresses as endpoints. The daemon, which
// alone listens there, answers callers of this machine only.
package cluster
