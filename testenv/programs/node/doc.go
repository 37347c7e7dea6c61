// Package node is a Kubernetes node whose pods are processes of this machine: no
// image, no container runtime, no root.
//
//  1. [Node.Run] registers a Node object and watches the pods bound to it.
//  2. Each pod has one goroutine, which starts the command of every container in a
//     process group of its own and reports its state as a kubelet does.
//  3. A container that ends is started again by the pod's restart policy, with a
//     back-off; a changed image replaces the process; a deleted pod is ended within
//     its grace period.
//
// Two images are known: proc.local/ANYTHING runs the container's command, and one
// with pause in its name does nothing and, as the real one, cannot run a command.
// A container's id is process://PID. Pods have the node's address, so that their
// ports must differ. There are no mounts, no exec and no init containers.
package node
