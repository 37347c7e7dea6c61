// Package stopping has what a run needs that ends when it has decided: what earlier runs
// showed of the variation between trials, and a look at what was recorded so far.
//
//  1. After the first replicate, [History] reads the earlier runs of the same lab. The
//     conductor writes what they give to the manifest (docs/decisions/0012).
//  2. After each replicate, [Look] judges the run, and states for each primary question whether
//     it is decided, or how likely the replicates left decide it.
//
// The boundary is that of Pocock (1977); docs/methods.md has the formulas.
package stopping
