// Package target brings setups up, or attaches to them: everything that touches the
// system under test except load and faults themselves.
//
//  1. [CheckFault] lists what a fault would hit, from the setup's description.
//  2. [Open] brings a lab up, or attaches to a setup that others run.
//  3. A [Target] carries access to tenants, probes, databases and the driver of faults.
//  4. The driver runs in a process of its own, the guard ([ServeGuard]), which reverts
//     every fault when the harness dies.
//  5. Setups on Kubernetes are reached as chaos.reach describes: directly, by
//     port-forward or by service IP.
//  6. Target.Close takes a lab down, or ends the guard.
//
// [Roles] prints the RBAC rules that a setup on Kubernetes needs; [Examine] checks them.
package target
