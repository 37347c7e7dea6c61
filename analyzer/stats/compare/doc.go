// Package compare compares two systems, run by run.
//
// The run is the unit of comparison, not the request. Take identical systems, six runs a
// side and 5 % run-to-run variation. A rank test on pooled requests finds a "difference" in
// 60 % of all cases, one on the runs' P95 in 5 % (docs/methods.md, section 1).
//
//  1. Reduce each run to its statistic, e.g. its P95.
//  2. Pair runs of one replicate, and take the log-ratio of each pair.
//  3. [Paired] gives the ratio with its interval, and whether the number of pairs allows a
//     decision.
//  4. [NonInferior] or [Equivalent] answers "no worse than 10 %". A lack of significance
//     does not answer it.
//  5. [Holm] corrects everything that was declared primary, [BenjaminiHochberg] the rest.
//  6. [ShiftCurve] shows where in the distribution the difference lies.
package compare
