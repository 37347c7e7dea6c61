// Package simulate makes runs with a known truth, for tests.
package simulate
