package local

import (
	"testing"

	"example.org/odooharness/chaos/kind"
)

// Every fault that the table gives to this driver has a builder, and no other.
func TestBuildersAreTheTable(t *testing.T) {
	all := builders()
	for _, row := range kind.Table() {
		if _, built := all[row.Name()]; built != (row.Local.Does != "") {
			t.Errorf("%s: built %v, but the table says: %+v", row.Name(), built, row.Local)
		}
		delete(all, row.Name())
	}
	for name := range all {
		t.Errorf("%s is built and not in the table", name)
	}
}
