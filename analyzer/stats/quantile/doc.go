// Package quantile estimates percentiles of latencies, with intervals.
//
// Procedure:
//
//  1. Keep every arrival. One that was never served has latency +Inf. It sorts last, and a
//     percentile that reaches it is censored, never a number.
//  2. Take the type 1 quantile ([Type1]): a latency that really occurred.
//  3. Bracket it by two order statistics ([Ranks]), which assumes nothing about the shape
//     of the distribution.
//  4. Widen the bracket by the variance inflation of the indicator "at or below the
//     quantile" ([Inflation]). Requests of one run queue behind each other, so they are
//     worth fewer independent ones.
//  5. Refuse a percentile for which the sample is too small ([MinSamples]).
//
// [Estimate] does 1 to 5. Values of one run are given in the order of time:
//
//	e := quantile.Of(latencies, 0.95, quantile.Level)
//	fmt.Println(e.Value, e.Lo, e.Hi, e.Effective)
//
// Sources: Hyndman & Fan, The American Statistician 50 (1996) 361-365 for the
// types; David & Nagaraja, Order Statistics, 3rd ed., 7.1 for the intervals;
// Heidelberger & Lewis, Operations Research 32 (1984) 185-209 and Chen & Kelton,
// IIE Transactions 38 (2006) for quantiles of dependent output.
package quantile
