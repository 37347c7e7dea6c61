// Package forward reaches the Services of a cluster from outside, as kubectl
// port-forward does, for harnesses that run on a workstation.
//
//  1. [Forwarder.Address] opens a local listener for a Service's port, once.
//  2. Every connection to it goes to a pod of the Service that is ready at that
//     moment: a pod that was killed and replaced needs no new listener.
//  3. Where no pod is ready the connection is closed, as a Service without endpoints
//     refuses it.
//
// The way is through the API server and the kubelet to the pod's loopback device: it
// adds a millisecond or so, and faults on the pod's network device hit what the pod
// sends to others, but not the client's own connection. A harness within the cluster
// (deploy/harness) has neither.
//
//	f := forward.New(config, client, "odoo-lab")
//	defer f.Close()
//	address, err := f.Address(ctx, "ingress:80")
package forward
