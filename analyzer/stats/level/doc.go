// Package level estimates the level of one setup over its trials: a share of good
// arrivals or a percentile of latency, with an interval for what a further trial of the
// same setup would be a draw of.
//
// Procedure:
//
//  1. Keep the arrivals of each trial in the order of time.
//  2. The value is that of all arrivals of all trials together.
//  3. The variance of one trial has three parts: chance for independent arrivals, times
//     the inflation for dependence ([quantile.CorrelationTime]), plus what trials vary by.
//  4. The assumed variance counts d0 = 4 degrees of freedom, the observed one between
//     trials n-1 more, as in package moderated.
//  5. [ShareOf] takes Wilson's interval at the effective number of arrivals that this
//     variance leaves. [PercentileOf] takes the t interval on the logarithm.
//
// Both work from one trial on. Coverage in M/M/8 with utilisation up to 0.9, 60 to 4,000
// arrivals a trial and 1 to 10 trials is tabled in docs/methods.md.
//
// Example: is the share of good arrivals above 99 % for certain?
//
//	s := level.ShareOf(trials, level.DefaultShare())
//	lo, _ := s.Interval(0.95)
//	kept := lo >= 0.99
//
// Sources: Wilson, JASA 22 (1927) 209-212; Smyth (2004), see package moderated.
package level
