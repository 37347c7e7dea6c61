// Package attribution relates telemetry to business outcome: which series moved, how
// long before the outcome did, and whether that is more than both following the load.
//
//  1. [Residuals] takes out what the offered load, known exactly, explains of both.
//  2. [FitAR] models the driver's own memory; [Prewhiten] filters both series by it.
//     Without this, two series with memory correlate at every lag, whatever they are.
//  3. [CCF] gives the correlation at each lag, [Lead] the lag at which the driver
//     leads, with an interval by block bootstrap ([BlockLength]) and p-values held
//     for all lags.
//  4. [Matched] compares the time after an injected fault with control windows at the
//     same phase of the load: only there, causal words are due.
//
// Sources: Box & Jenkins, Time Series Analysis, ch. 11; Politis & Romano, JASA 89
// (1994) 1303-1313; Politis & White, Econometric Reviews 23 (2004) 53-70, corrected by
// Patton, Politis & White, ibid. 28 (2009) 372-375.
package attribution
