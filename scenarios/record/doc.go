// Package record is the load generator's own recorder: one row a step into the
// run's tables, past k6's metrics pipeline, which makes a dozen samples of each
// request.
//
//  1. [Open] the tables of one scenario in the trial's folder.
//  2. [Recorder.Step] for each step, [Recorder.Journey] for each iteration.
//  3. [Recorder.Attempt] before a business write is sent, [Pending.Answer] when the
//     answer is there.
//  4. [Recorder.Close] joins the tables; writes without an answer are kept as
//     attempted.
//
// Attempted writes go to a log of their own before they are sent (writes-NAME.log),
// so that a generator that is killed leaves them to [Recover].
package record
