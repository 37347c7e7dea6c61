// Package wire is the protocol between the harness and its load generator: the [Spec] of a
// run of one script, the [Documents] that it may use up, the [Begin] of a trial, and the
// [Message] lines of progress. Both processes are the same binary, so the form is JSON
// without versions.
//
// A Spec contains credentials. It goes through a pipe, never through arguments, environment
// or a file of the run.
package wire
