//go:build odoo

package odoo

import (
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
)

// On a real Odoo 19; the lab's root must have been built (harness lab build).
func TestEveryOperationOnOdoo(t *testing.T) { rig.EveryOperation(t, "odoo") }

// Each scenario that ships, alone.
func TestEveryScriptOnOdoo(t *testing.T) { rig.EveryScript(t, "odoo", 40*time.Second, 1) }
