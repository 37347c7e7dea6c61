// Package wire is what the harness and its load generator tell each other: the
// [Spec] of a run of one script, the [Documents] that it may use up, the [Begin] of a
// trial, and the [Message] lines that come back. Both processes are the same binary, so the form is
// JSON without versions.
//
// A Spec holds credentials: it travels through a pipe, never through arguments,
// environment or a file of the run.
package wire
