// Package readiness joins the forecast of a peak with recorded runs into an answer: go, no-go
// or not enough evidence.
//
//  1. A [Question] is a dated peak: forecast, faults with their rates, the runs that are
//     evidence, risks, and what differs between test and production.
//  2. [Load] judges a run and keeps what the answer needs of it. A run that is too old, that is
//     invalid, or that has another setup, other versions or other scripts is no evidence.
//  3. [Answer] makes the plan of analyzer/stats/readiness, predicts, and fills a [Pack]: the
//     verdict with its reasons, headroom, the matrix of faults, domains, blockers.
//  4. [Compare] lists what changed between two packs.
//
// A pack is plain data; analyzer/report prints it:
//
//	pack := readiness.Answer(question, runs, time.Now())
//	fmt.Println(pack.Decision, pack.Answer.Probability)
package readiness
