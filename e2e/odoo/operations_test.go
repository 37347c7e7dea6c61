//go:build odoo

package odoo

import (
	"testing"

	"example.org/odooharness/e2e/rig"
)

// On a real Odoo 19; the lab's root must have been built (harness lab build).
func TestEveryOperationOnOdoo(t *testing.T) { rig.EveryOperation(t, "odoo") }
