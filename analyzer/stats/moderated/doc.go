// Package moderated infers from the effects of few trials, from one trial on.
//
// Student's t knows nothing of how much trials vary but what the trials at hand
// show: with one it is silent, with two or three its intervals are very wide.
// Performance trials of one lab vary alike, so that this can be known beforehand.
// The moderated t adds that knowledge as d0 further degrees of freedom.
//
// Procedure:
//
//  1. Reduce each trial to its effect (package effect): a log-ratio d with the
//     variance w within the trial.
//
//  2. Take a [Prior]: how much trials vary (tau) and how well that is known (d0).
//     [Default] is an assumption; [FromHistory] estimates it from earlier runs.
//
//  3. [Of] pools the assumed variance v0 = mean(w) + tau^2 with the observed one S^2
//     and gives the mean, its standard error and the degrees of freedom:
//
//     s^2 = (d0 v0 + (n-1) S^2) / (d0 + n - 1),  mean +- t(d0+n-1) s / sqrt(n)
//
//  4. [Estimate.Interval], [Estimate.P] and [Estimate.Compare] answer at a level,
//     e.g. that of package sequential.
//
//  5. [Estimate.Tipping] is how much trials may vary until the answer is undecided.
//
// Example: three trials, each about four times slower; the limit is two times.
//
//	e := moderated.Of(effects, moderated.Default())
//	e.Compare(2, 0.95) // moderated.Above
//
// More replicates do not widen the interval unless they disagree; [Estimate.Concord]
// has the exact statement.
//
// Source: Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004),
// article 3 (limma).
package moderated
