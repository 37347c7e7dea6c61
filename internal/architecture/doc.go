// Package architecture has the tests that hold the project's structure: which package may
// import which, how large packages are, and that both modules agree on versions.
package architecture
