//go:build odoo

package odoo

import (
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
)

// On a real Odoo 19; the lab's root must have been built (harness lab build).
func TestEveryOperationOnOdoo(t *testing.T) {
	rig.EveryOperation(t, rig.LabUp(t, rig.StateDir(t), "odoo", 1), rig.Transports()...)
}

// Each scenario that ships, one after the other.
func TestEveryScriptOnOdoo(t *testing.T) {
	rig.EveryScript(t, rig.LabUp(t, rig.StateDir(t), "odoo", 1), 12*time.Second, 2)
}

// A region whose connections are cut: the audit against SQL of its own.
func TestRegionOnOdoo(t *testing.T) { rig.Region(t, "odoo", 12*time.Second, 3) }
