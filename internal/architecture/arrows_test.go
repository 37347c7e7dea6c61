package architecture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// arrows names, for each folder, the folders that it may import from. A folder's row holds
// for the folders below it that have no row of their own, and those may import each other.
//
//	internal/cli → experiment → {scenarios, chaos, telemetry, audit, lab} → {odoo, results} ← analyzer ← internal/cli
//
// lab may import chaos, because it hosts the guard of its components (docs/decisions/0001).
func arrows() map[string]string {
	// A question of the analyzer reads a run and returns findings.
	const question = "analyzer/run analyzer/finding analyzer/stats results"
	return map[string]string{
		"results":              "",
		"odoo":                 "results internal/secret",
		"analyzer":             "results",
		"analyzer/stats":       "",
		"analyzer/finding":     "analyzer/stats results",
		"analyzer/run":         "analyzer/finding analyzer/stats results",
		"analyzer/validity":    question,
		"analyzer/latency":     question,
		"analyzer/objective":   question,
		"analyzer/fault":       question,
		"analyzer/durability":  question,
		"analyzer/neighbour":   question + " analyzer/carried", // the steps of a ladder
		"analyzer/setups":      question,
		"analyzer/remedy":      question + " analyzer/neighbour analyzer/setups", // whose figures it sets side by side
		"analyzer/attribution": question,
		"analyzer/carried":     question,
		"analyzer/drill":       question,
		"analyzer/background":  question,
		"analyzer/versus":      question + " analyzer/validity",
		"analyzer/trend":       "analyzer results",
		"analyzer/readiness":   "analyzer results",
		"analyzer/campaign":    "analyzer results",
		"analyzer/report":      "analyzer results",
		"scenarios":            "odoo results internal/lines internal/secret",
		"chaos":                "results internal/secret",
		"chaos/kind":           "results",
		"telemetry":            "odoo results internal/secret",
		"audit":                "odoo results internal/secret",
		"lab":                  "chaos deploy odoo results internal/lines internal/ports internal/secret",
		"deploy":               "",
		"workload":             "",
		"workload/files":       "workload experiment/file results",
		"workload/production":  "workload telemetry internal/secret",
		"workload/script":      "workload",
		"examples":             "",
		"experiment":           "scenarios chaos telemetry audit lab odoo results internal/secret",
		"experiment/file":      "internal/secret results",
		"experiment/spec":      "experiment/file chaos odoo results internal/secret",
		"experiment/plan":      "experiment/file experiment/spec chaos results",
		"experiment/target": "experiment/file experiment/spec scenarios chaos telemetry audit lab odoo results " +
			"internal/lines internal/secret",
		"experiment/generators": "experiment/conduct experiment/file experiment/spec experiment/target chaos scenarios",
		"experiment/conduct": "experiment/plan experiment/spec experiment/target scenarios chaos telemetry audit lab results " +
			"internal/lines internal/secret",
		"experiment/watch": "experiment/conduct experiment/plan results",
		"internal/cli": "workload workload/files workload/production workload/script analyzer chaos examples experiment lab " +
			"results scenarios internal/lines internal/secret",
		"internal/lines":  "",
		"internal/ports":  "",
		"internal/secret": "",
		"cmd":             "internal/cli",
	}
}

// heavy names the folders that may reach a module, also through others. The tests of the
// rest compile in seconds, and an old run can be judged without them.
func heavy() map[string]string {
	return map[string]string{
		"go.k6.io/k6":                    "scenarios experiment",
		"github.com/chaos-mesh/":         "chaos lab experiment",
		"k8s.io/":                        "chaos lab experiment",
		"sigs.k8s.io/controller-runtime": "chaos lab experiment",
		"github.com/Shopify/toxiproxy":   "chaos lab experiment",
		"github.com/jackc/pgx":           "chaos lab telemetry audit experiment workload/production",
		"sigs.k8s.io/kustomize":          "lab experiment",
		"github.com/minio/":              "results/bucket experiment",
	}
}

// isSupport reports whether a folder serves tests alone. Support may import anything and
// no product package imports it.
func isSupport(folder string) bool {
	return underAny(folder, "e2e internal/architecture internal/language internal/mutate internal/testing testenv")
}

func TestArrows(t *testing.T) {
	rows := arrows()
	for _, p := range packages(t) {
		if isSupport(p.folder) {
			continue
		}
		home := p.folder
		for home != "" && !has(rows, home) {
			home = home[:max(strings.LastIndex(home, "/"), 0)]
		}
		if home == "" {
			t.Errorf("%s has no row in arrows; add one here and to ARCHITECTURE.md", p.folder)
			continue
		}
		if (home == "analyzer" || home == "experiment") && p.folder != home {
			t.Errorf("%s has no row of its own in arrows: what may a new part of %s import?", p.folder, home)
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, module)
			if ours && !under(target, home) && !underAny(target, rows[home]) {
				t.Errorf("%s imports %s; %s may import from: %s", p.folder, target, home, rows[home])
			}
		}
	}
}

func TestHeavyDependencies(t *testing.T) {
	for _, p := range packages(t) {
		if isSupport(p.folder) || under(p.folder, "cmd") || under(p.folder, "internal/cli") {
			continue
		}
		for path, folders := range heavy() {
			i := slices.IndexFunc(p.Deps, func(dep string) bool { return strings.HasPrefix(dep, path) })
			if i >= 0 && !underAny(p.folder, folders) {
				t.Errorf("%s reaches %s; of %s may: %s", p.folder, p.Deps[i], path, folders)
			}
		}
	}
}

// An experiment can be read and planned by programs that carry neither k6 nor Kubernetes.
func TestSpecAndPlanAreLight(t *testing.T) {
	for _, p := range packages(t) {
		if !underAny(p.folder, "experiment/file experiment/spec experiment/plan") {
			continue
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "go.k6.io/") || strings.Contains(dep, "k8s.io/") || strings.Contains(dep, "chaos-mesh") {
				t.Errorf("%s reaches %s", p.folder, dep)
			}
		}
	}
}

const module = "example.org/odooharness/"

// goPackage is what go list prints of a package. Its folder is relative to the module.
type goPackage struct {
	ImportPath             string
	GoFiles, Imports, Deps []string

	folder string
}

// packages lists the packages of the module, once for all tests.
func packages(t *testing.T) []goPackage {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("go list printed %d packages, want all of the module", len(all))
	}
	return all
}

var listed = sync.OnceValues(func() (all []goPackage, err error) {
	out, err := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports,Deps", module+"...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			return nil, fmt.Errorf("decode the output of go list: %w", err)
		}
		p.folder = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
	return all, nil
})

// under reports whether a folder is the other or below it.
func under(folder, other string) bool { return folder == other || strings.HasPrefix(folder, other+"/") }

// underAny is the same for a list separated by blanks.
func underAny(folder, others string) bool {
	return slices.ContainsFunc(strings.Fields(others), func(other string) bool { return under(folder, other) })
}

func has(rows map[string]string, folder string) bool {
	_, ok := rows[folder]
	return ok
}
