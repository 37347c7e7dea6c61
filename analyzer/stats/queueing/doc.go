// Package queueing predicts what a setup would do: closed forms where they exist, a
// seeded simulation where they do not, and the former as the test of the latter.
//
//  1. [ErlangB], [ErlangC] and [MMC] for a pool of workers with Poisson arrivals.
//  2. [AllenCunneen] where arrivals or service vary more or less than that; [DM1] for
//     evenly spaced ones, which flatter every percentile.
//  3. [MVA] for a closed network of stations: users, workers, database.
//  4. [Simulate] an Odoo setup event by event: workers, retries that sleep in the
//     worker, a database behind.
//  5. [Calibrate] it from a measured run, and check the prediction on a load that was
//     held out before believing it.
//
// Sources: Erlang (1917); Allen, Probability, Statistics and Queueing Theory, 2nd ed.,
// 5.2 and 6.2; Reiser & Lavenberg, JACM 27 (1980) 313-322.
package queueing
