// Package plan lays an experiment out in time, without contact with a target.
//
//  1. [New] inspects the script of every scenario for its landmarks and its arrivals.
//  2. It resolves the moments of faults and drills against those landmarks.
//  3. A [Checker] lists the components that each fault would hit on each setup.
//  4. Setups are interleaved over the replicates, so that drift of the machine cancels.
//  5. Each trial is cut into windows: warm-up, baseline, faults, what follows them.
//
// The error lists every problem: a fault outside the measured part of its trial, two
// faults that overlap, a component that the setup does not allow. A plan is plain data:
// harness plan prints it, and the run keeps it. This package imports neither k6 nor
// Kubernetes.
//
//	p, err := plan.New(ctx, e, inspect, check)
package plan
