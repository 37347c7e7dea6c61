// Package plain turns what k6 measures of its own executors into rows: scripts as
// people have them, which know nothing of this harness.
//
//  1. Each request is a step: of k6/http, k6/ws, k6/websockets and gRPC. k6's tag
//     "name" is the step's name.
//  2. k6 tags each sample with its virtual user and iteration. Steps of one iteration
//     belong to one journey.
//  3. A journey has the outcome of its first failed step or check. Without one it is ok.
//  4. k6 reports exceptions in its log alone ([Observer.Exception]). An exception
//     belongs to the iteration of its scenario that ended last before it. Its journey
//     is a script error, unless a step failed first.
//  5. An iteration of which k6 measured nothing has no journey: nothing is claimed. A
//     note counts them.
//  6. Iterations that k6 drops because no virtual user is free are missed: the limit of
//     the generator, not a failure of the target.
//
// The intended start of an iteration is not known; latency counts from its start.
//
//	o := plain.New(host, recorder, minIterationDuration)
//	o.Take(container, time.Now())
//	o.Close(time.Now(), false)
package plain
