package generators

import (
	"testing"

	"example.org/odooharness/experiment/spec"
)

// Generators on this machine need no permissions. A manifest that cannot be read is an error.
func TestNeedsOfGenerators(t *testing.T) {
	if needs, err := Needs(spec.Generators{Engine: spec.EngineLocal}); err != nil || needs != nil {
		t.Errorf("local: %v, %v", needs, err)
	}
	if _, err := Needs(spec.Generators{Engine: spec.EngineJob, Job: "none.yaml"}); err == nil {
		t.Error("a manifest that is not there has needs")
	}
}
