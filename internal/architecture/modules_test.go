package architecture

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The programs of the Kubernetes tests are a module of their own. What both modules
// have of these is of one version, so that it is compiled once, and the driver is tested
// against the API that it was built with.
func TestBothModulesAgree(t *testing.T) {
	ours, theirs := required(t, "../../go.mod"), required(t, "../../testenv/programs/go.mod")
	prefixes := []string{"github.com/chaos-mesh/", "golang.org/x/", "k8s.io/", "sigs.k8s.io/controller-runtime"}
	shared := 0
	for path, version := range ours {
		other, both := theirs[path]
		if !both || !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
			continue
		}
		shared++
		if other != version {
			t.Errorf("%s: %s in go.mod, %s in testenv/programs/go.mod; require (or replace by) the later one in both", path, version, other)
		}
	}
	if shared < 5 {
		t.Errorf("%d modules in both, want those of k8s.io", shared)
	}
}

// required are the versions that a module builds with, by module path.
func required(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	type module struct{ Path, Version string }
	var parsed struct {
		Require []module
		Replace []struct{ Old, New module }
	}
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, m := range parsed.Require {
		versions[m.Path] = m.Version
	}
	for _, r := range parsed.Replace {
		if _, ok := versions[r.Old.Path]; ok && r.New.Version != "" { // not a folder
			versions[r.Old.Path] = r.New.Version
		}
	}
	return versions
}
