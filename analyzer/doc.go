// Package analyzer turns a run on disk into findings and a verdict. It needs nothing but the
// run: an old one can be judged anywhere.
//
//  1. Package run loads the run: every step becomes a record of 32 bytes, windows are cut
//     again at what really happened, journeys and steps are summarised.
//
//  2. Each question is a package that reads the run and returns rows and findings:
//
//     validity     VAL  is the measurement itself sound?
//     latency      LAT  how long did journeys take, which were not served?
//     objective    SLO  were the objectives met?
//     fault        RES  did service recover, and what did the fault cost?
//     durability   DUR  were writes kept, done once, and shown?
//     neighbour    ISO  does a disruptive tenant slow down the others?
//     setups       CMP  which setup is faster?
//     attribution  ATT  what moved when journeys were late?
//     carried      CAP  how much does a setup carry, what is full first?
//     drill        REC  were backup, restore and changes done in time? (also CHG)
//     background   BKG  were jobs done, did backlogs drain?
//
//  3. Package finding reduces the findings to one verdict: invalid before fail before
//     inconclusive before pass. The reason names the finding that decided.
//
//  4. A [Scorecard] puts each setup on one page.
//
// An arrival that was not served counts: it sorts last in every latency from the intended
// start. A setup that fails fast never looks fast.
//
//	recorded, err := results.Open("results/runs/peak-season/latest")
//	...
//	j, err := analyzer.Analyze(recorded, analyzer.Options{})
//	...
//	fmt.Println(j.Verdict, j.Reason)
//
// Package versus compares runs, package trend follows them through time, package report
// renders a judgement. Methods with formulas and limits are in docs/methods.md; each
// finding has a page in docs/findings.
package analyzer
