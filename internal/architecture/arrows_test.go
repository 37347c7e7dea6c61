package architecture

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// The packages' arrows of DESIGN, section 2: a package may import those named for
// it, and never what is forbidden by weight.
//
//	internal/cli → experiment → {scenarios, chaos, telemetry, audit, lab} → {odoo, results} ← analyzer ← internal/cli
//
// lab may import chaos: it hosts the guard of its own components
// (docs/decisions/0001).
func TestArrows(t *testing.T) {
	allowed := map[string][]string{
		"results":    {},
		"odoo":       {"results"},
		"analyzer":   {"results"},
		"scenarios":  {"odoo", "results"},
		"chaos":      {"results"},
		"telemetry":  {"odoo", "results"},
		"audit":      {"odoo", "results"},
		"lab":        {"chaos", "deploy", "odoo", "results"},
		"deploy":     {}, // manifests
		"experiment": {"scenarios", "chaos", "telemetry", "audit", "lab", "odoo", "results"},
		"examples":   {},
		"internal":   {}, // for tests
	}
	for _, p := range packages(t) {
		room, ok := strings.CutPrefix(p.ImportPath, "example.org/odooharness/")
		room, _, _ = strings.Cut(room, "/")
		if !ok || room == "cmd" || room == "e2e" || strings.HasSuffix(p.ImportPath, "/internal/cli") || strings.HasSuffix(p.ImportPath, "/reexec") {
			continue
		}
		may, known := allowed[room]
		if !known {
			t.Errorf("package %s is in a room without arrows; add it here and to DESIGN", p.ImportPath)
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, "example.org/odooharness/")
			target, _, _ = strings.Cut(target, "/")
			if !ours || target == room {
				continue
			}
			if !contains(may, target) {
				t.Errorf("%s imports %s, against the arrows", p.ImportPath, imported)
			}
		}
	}
}

// Heavy dependencies stay in leaves, so that the tests of the rest build in
// seconds and an old run can be judged anywhere.
func TestHeavyDependencies(t *testing.T) {
	heavy := map[string]string{ // module prefix: rooms, or packages, that may reach it, also indirectly
		"go.k6.io/k6":                    "scenarios experiment cmd e2e internal/cli internal/testing/reexec",
		"github.com/chaos-mesh/":         "chaos lab experiment cmd e2e internal/cli internal/testing/reexec",
		"k8s.io/":                        "chaos lab experiment cmd e2e internal/cli internal/testing/reexec",
		"sigs.k8s.io/controller-runtime": "chaos lab experiment cmd e2e internal/cli internal/testing/reexec",
		"github.com/Shopify/toxiproxy":   "chaos lab experiment cmd e2e internal/cli internal/testing/reexec",
		"github.com/jackc/pgx":           "chaos lab telemetry audit experiment cmd e2e internal/cli internal/testing/reexec",
		"sigs.k8s.io/kustomize":          "lab experiment cmd e2e internal/cli internal/testing/reexec",
		"github.com/minio/":              "results/bucket internal/testing/objectstore experiment cmd e2e internal/cli internal/testing/reexec",
	}
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, "example.org/odooharness/")
		room, _, _ := strings.Cut(path, "/")
		for _, dep := range p.Deps {
			for module, rooms := range heavy {
				if strings.HasPrefix(dep, module) && !contains(strings.Fields(rooms), room) && !contains(strings.Fields(rooms), path) {
					t.Errorf("%s reaches %s", p.ImportPath, dep)
				}
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "example.org/odooharness/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages, which cannot be all", len(all))
	}
	return all
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}
