// Package secrets runs the commands of the harness with marked credentials in every place
// that can hold one, in runs that succeed and in runs that fail. It searches every file
// that they write, what they print, and the arguments of their processes.
package secrets
