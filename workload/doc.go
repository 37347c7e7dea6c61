// Package workload describes what production does: when documents arrive, and how many are
// expected at a dated peak.
//
//  1. A [History] counts the documents of one journey of one tenant in intervals of five
//     minutes. Package workload/production fills it.
//  2. [Fit] estimates the shape of day, week and year, growth, burstiness and the peak, each
//     with its interval. The result is a [Workload], which workload.yaml holds.
//  3. [Workload.Forecast] expects the documents of a date from the years before it.
//  4. [Journey.Course] is the peak hour as rates of arrivals, from a seed.
//
// It reads no source and writes no file:
//
//	f, problems := w.Forecast(workload.Peak{Date: "2026-11-27"})
//	fmt.Println(f.Total[0].PerHour)
package workload
