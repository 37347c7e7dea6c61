package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const overlayBase = `name: shared
tenancy: shared
environment: lab
lab:
  kind: embedded
  workers: 4
  limits: {t2: {connections: 3}}
tenants: [{name: t1}, {name: t2}]
`

func overlaid(t *testing.T, experiment string) (*Document, error) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base, err := Read(write("setup.yaml", overlayBase), "setup")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := documents(write("experiment.yaml", experiment))
	if err != nil {
		t.Fatal(err)
	}
	return docs[0].Overlay(base, "remedies.1", "setup", []string{"tenancy", "lab"})
}

// Mappings are merged at every depth, other values are replaced, and the base stays as it is.
func TestOverlay(t *testing.T) {
	doc, err := overlaid(t, `remedies:
  - {name: other}
  - name: ours
    tenancy: hybrid
    lab: {strategic: [t2], workers: 8, limits: {t1: {connections: 1}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := doc.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "shared", "tenancy": "hybrid", "environment": "lab",
		"lab": map[string]any{"kind": "embedded", "workers": 8, "strategic": []any{"t2"},
			"limits": map[string]any{"t1": map[string]any{"connections": 1}, "t2": map[string]any{"connections": 3}}},
		"tenants": []any{map[string]any{"name": "t1"}, map[string]any{"name": "t2"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A mistake is reported at its line and path in the overlay's file.
func TestOverlayProblems(t *testing.T) {
	_, err := overlaid(t, `remedies:
  - {name: other}
  - name: ours
    lab:
      workers: 4
      importWorker: 1
`)
	if err == nil || !strings.Contains(err.Error(), "experiment.yaml:6: remedies.1.lab.importWorker: unknown field") {
		t.Errorf("got %v", err)
	}
}
