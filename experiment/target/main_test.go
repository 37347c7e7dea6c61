package target

import (
	"os"
	"testing"

	"example.org/odooharness/chaos/watchdog"
)

// TestMain lets the test binary be the watchdog of a guard.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "watchdog" {
		if err := watchdog.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
