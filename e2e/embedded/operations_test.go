package embedded

import (
	"testing"

	"example.org/odooharness/e2e/rig"
)

// On the embedded target: real PostgreSQL, real Redis, both APIs.
func TestEveryOperationOnEmbedded(t *testing.T) {
	rig.LabTest(t)
	rig.EveryOperation(t, "embedded")
}
