package embedded

import (
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
)

// On the embedded target: real PostgreSQL, real Redis, both APIs.
func TestEveryOperationOnEmbedded(t *testing.T) {
	rig.LabTest(t)
	rig.EveryOperation(t, rig.LabUp(t, rig.StateDir(t), "embedded", 1), rig.Transports()...)
}

// Each scenario that ships, alone.
func TestEveryScriptOnEmbedded(t *testing.T) {
	rig.LabTest(t)
	rig.EveryScript(t, rig.LabUp(t, rig.StateDir(t), "embedded", 1), 6*time.Second, 8)
}

// A region whose connections are cut: the audit against SQL of its own.
func TestRegionOnEmbedded(t *testing.T) {
	rig.LabTest(t)
	rig.Region(t, "embedded", 8*time.Second, 16)
}
