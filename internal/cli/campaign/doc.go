// Package campaign runs every fault at every moment on every setup, and keeps the resiliency
// matrix of the results.
//
//  1. [Load] reads the campaign file and its template, writes one experiment for each fault,
//     moment and setup, and reports the problems of all of them.
//  2. [Campaign.Survey] finds the evidence of each cell among the recorded runs: the newest
//     complete run with the same inputs and versions. It keeps no state of its own.
//  3. [Campaign.Run] runs the experiments without evidence, each as a process of its own, until
//     all have some or the budget is spent. A harness that is killed goes on from the results.
//  4. [Campaign.Write] writes matrix.json and matrix.html.
//
// The example runs a campaign in this way.
package campaign
