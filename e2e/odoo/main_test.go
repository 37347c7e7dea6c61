//go:build odoo

package odoo

import (
	"testing"

	"example.org/odooharness/e2e/rig"
)

func TestMain(m *testing.M) { rig.Main(m) }
