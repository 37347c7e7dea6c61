package main

import (
	"os"
	"strings"
	"testing"
)

// With a subcommand for its first argument, which go test never gives, the test binary
// is the harness: tests start the real processes, which start their like in turn.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		return
	}
	// The examples' setups on Kubernetes name this variable for their password.
	if err := os.Setenv("ODOO_PASSWORD", "of nobody"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
