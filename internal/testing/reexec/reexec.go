// Package reexec lets a test binary be the harness.
//
// The harness starts its own binary for its child processes: the guard, k6, the parts of
// a lab. In a test this binary is the test's.
//
//  1. A test package calls [Main] from its TestMain.
//  2. A test starts [os.Executable] with a command line of the harness.
//  3. [Main] sees a subcommand, which go test never passes, and runs the harness.
//
// For example:
//
//	func TestMain(m *testing.M) { reexec.Main(m) }
package reexec

import (
	"os"
	"strings"
	"testing"

	"example.org/odooharness/internal/cli"
)

// Main runs the harness when the first argument is a subcommand, and the tests otherwise.
// It does not return.
func Main(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(cli.Main())
	}
	os.Exit(m.Run())
}
