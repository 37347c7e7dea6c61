package cli_test

import (
	"os"
	"testing"

	"example.org/odooharness/internal/testing/reexec"
)

func TestMain(m *testing.M) {
	// The examples' setups name these variables for their credentials.
	for _, name := range []string{"ODOO_PASSWORD", "STAGING_PASSWORD", "STAGING_ACME_DSN", "STAGING_POSTGRES_DSN", "STAGING_REDIS_URL"} {
		if err := os.Setenv(name, "of nobody"); err != nil {
			panic(err)
		}
	}
	reexec.Main(m)
}
