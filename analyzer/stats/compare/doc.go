// Package compare sets two systems against each other, run by run.
//
// The run is the unit of comparison, not the request: pooled over six runs a side
// with 5 % run-to-run variation, a rank test on requests finds a "difference"
// between identical systems in 60 % of all cases, one on the runs' P95 in 5 %
// (docs/methods.md, section 1). So:
//
//  1. Reduce each run to its statistic, e.g. its P95.
//  2. Pair runs of one replicate; take the log-ratio of each pair.
//  3. [Paired] gives the ratio with its interval and says whether the number of
//     pairs carries a decision.
//  4. [NonInferior] or [Equivalent] answers "no worse than 10 %": the absence of a
//     significant difference does not.
//  5. [Holm] over everything that was declared primary, [BenjaminiHochberg] over
//     what was not.
//  6. [ShiftCurve] shows where in the distribution the difference lies.
package compare
