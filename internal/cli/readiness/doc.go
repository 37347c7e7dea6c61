// Package readiness reads the plan of a peak, and writes and verifies its sign-off pack.
//
//  1. [Load] reads the plan, the forecast and the risk register, and reports all problems of
//     these files at once.
//  2. [Open] reads and judges the runs that the plan names, with the digest of their files.
//  3. [Write] puts the pack in a folder: summary.html, evidence.json, the inputs, and the report
//     of each run.
//  4. [Verify] computes digests and answer of a pack again.
//  5. [PDF] prints the summary through a Chromium that is installed.
//
// A pack from its plan:
//
//	plan, err := readiness.Load("peak.yaml")
//	runs, problems := readiness.Open(plan)
//	pack := answer.Answer(plan.Question, runs, problems, time.Now())
//	err = readiness.Write("packs/peak", plan, runs, pack)
package readiness
