package target

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The roles in deploy are those that init --rbac prints, so that nobody grants more.
func TestDeployedRolesAreThoseThatArePrinted(t *testing.T) {
	want, err := Roles(filepath.Join("..", "..", "deploy", "harness", "setup.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", "deploy", "harness", "roles.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("deploy/harness/roles.yaml is not what harness init --rbac deploy/harness/setup.yaml prints; print it again")
	}
}
