// Package podstack puts a lab of real Odoo on a Kubernetes cluster, from the same
// manifests that a person applies: those of deploy/.
//
//  1. [Lab.Stacks] cuts the tenants into stacks as the lab of processes does: one
//     namespace for all that share, one for each that has its own.
//  2. [Lab.Render] has kustomize make each stack's objects from deploy/stack with the
//     components deploy/node-root and deploy/connector, and gives every container as
//     many times the resources of one tenant as the stack has tenants: whatever the
//     tenancy, the total is the same.
//  3. [Lab.Up] applies them (server-side apply), waits until all serve, and has every
//     worker of Odoo serve every tenant once.
//  4. [Lab.Setup] writes the setup file that harness run takes.
//  5. [Down] removes what a lab made, known by its labels, the data on the node
//     included, and nothing else; [List] lists what is there.
//
// Where the cluster has no DNS, names of Services are put into the pods' own files of
// hosts.
//
//	l := podstack.Lab{Spec: spec, Source: source, Images: podstack.DefaultImages()}
//	err := l.Up(ctx, cluster, log)
package podstack
