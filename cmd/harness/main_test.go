package main

import (
	"os"
	"testing"
)

// asHarness makes the test binary behave as the harness, so that the tests start
// the real processes: the harness itself, its labs, its load generators.
const asHarness = "HARNESS_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asHarness) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}
