// Package analyzer turns a run on disk into findings and a verdict.
//
//		results.Open ──> load ──> cut ──> gates ──> describe ──> judge ──> verdict
//
//	 1. Load: every step of every trial becomes a record of 32 bytes; names become
//	    numbers. Nothing else of the run is kept in memory.
//	 2. Cut: the planned windows are cut anew at what really happened, the marks of
//	    the faults.
//	 3. Gates (VAL-): was the load delivered, was the generator idle enough, was
//	    every fault shown in effect and gone? A broken measurement is invalid, not
//	    slow.
//	 4. Describe (LAT-): counts, outcomes and percentiles per setup, window, tenant,
//	    journey and step.
//	 5. Judge: objectives (SLO-), faults (RES-), writes (DUR-), neighbours (ISO-),
//	    setups against each other (CMP-).
//	 6. Verdict: invalid before fail before inconclusive before pass; the reason
//	    names the finding that decided.
//
// An arrival that was not served counts: it sorts last in every latency from the
// intended start, so that failing fast never looks fast. Methods, with formulas
// and limits, are in docs/methods.md; each finding has its page in docs/findings.
//
//	run, err := results.Open("results/runs/peak-season/latest")
//	...
//	j, err := analyzer.Analyze(run, analyzer.Options{})
//	fmt.Println(j.Verdict, j.Reason)
package analyzer
