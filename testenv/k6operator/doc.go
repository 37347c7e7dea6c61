// Package k6operator does for tests what k6-operator does with a TestRun, so that its runners
// are those of the harness:
//
//  1. [Kind] is the kind TestRun: the operator's own, or what the harness uses of it.
//  2. [Operator.Run] watches TestRuns. It starts an initializer (k6 archive, k6 inspect) unless
//     the TestRun disables it, then a Job and a Service for each runner, with the operator's
//     command line.
//  3. Once all runners run and their REST APIs answer, it starts them one after the other by
//     PATCH /v1/status, [Operator.Between] apart. The operator does the same with curl.
//  4. When no runner is active it reports that the TestRun is finished, also if a runner has
//     failed, and deletes a TestRun with cleanup: post.
//
// It was written from the operator's behaviour, and shares no code with it. Two things differ,
// because pods are processes of one machine: each runner has a port of its own on loopback
// instead of 6565, and the script is in a folder instead of a mounted ConfigMap.
package k6operator
