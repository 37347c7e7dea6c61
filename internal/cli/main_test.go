package cli_test

import (
	"os"
	"testing"

	"example.org/odooharness/internal/testing/reexec"
)

func TestMain(m *testing.M) {
	// The examples' setups on Kubernetes name this variable for their password.
	if err := os.Setenv("ODOO_PASSWORD", "of nobody"); err != nil {
		panic(err)
	}
	reexec.Main(m)
}
