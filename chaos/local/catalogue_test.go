package local_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/results"
)

// still is a process and a proxy that only have to be there.
type still struct{}

func (still) PID() int                                                               { return 1 }
func (still) Running() bool                                                          { return true }
func (still) Kill(context.Context) error                                             { return nil }
func (still) Hold(context.Context) error                                             { return nil }
func (still) Release(context.Context) error                                          { return nil }
func (still) Signal(context.Context, syscall.Signal) error                           { return nil }
func (still) AddToxic(_ context.Context, _, _, _ string, _ map[string]float64) error { return nil }
func (still) RemoveToxic(context.Context, string) error                              { return nil }
func (still) SetEnabled(context.Context, bool) error                                 { return nil }
func (still) Address() string                                                        { return "127.0.0.1:1" }
func (still) Upstream() string                                                       { return "127.0.0.1:2" }

// lab returns the parts of a multi-tenant and two dedicated stacks.
func lab() []local.Part {
	names := map[string]string{
		"postgres": "postgresql", "redis": "redis", "ingress": "ingress",
		"odoo": "odoo", "connector": "connector", "carrier": "carrier", "standby": "postgresql-standby",
	}
	var parts []local.Part
	for _, stack := range []string{"shared", "t1", "t2"} {
		for _, kind := range []string{"postgres", "standby", "redis", "ingress", "odoo", "connector", "carrier"} {
			part := local.Part{
				Component: chaos.Component{Name: stack + "/" + kind, Kind: results.Kind(kind), Labels: map[string]string{
					"app.kubernetes.io/name": names[kind], "app.kubernetes.io/part-of": "odoo-lab",
					"odoo-harness/stack": stack,
				}},
				Process: still{}, DSN: "postgres://postgres@127.0.0.1/postgres", RedisURL: "redis://127.0.0.1",
			}
			if kind == "postgres" {
				part.WAL = "/lab/" + stack + "/wal"
				part.Databases = []string{stack}
			}
			if kind == "standby" {
				part.Kind = "postgres"
			}
			if kind != "connector" {
				part.Proxy = still{}
			}
			parts = append(parts, part)
		}
	}
	// With a pooler in between, Odoo does not call PostgreSQL itself: a stack of its own.
	return append(parts, local.Part{Process: still{}, Proxy: still{}, Component: chaos.Component{
		Name: "pooled/pooler", Kind: results.KindPooler, Labels: map[string]string{
			"app.kubernetes.io/name": "pgbouncer", "app.kubernetes.io/part-of": "odoo-lab", "odoo-harness/stack": "pooled"}}})
}

func TestCatalogueIsRealisable(t *testing.T) {
	catalogue := chaos.Catalogue()
	files, err := fs.Glob(catalogue, "*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("catalogue has %d files, %v", len(files), err)
	}
	documented, err := os.ReadFile(filepath.Join("..", "..", "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string]int{}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			raw, err := fs.ReadFile(catalogue, file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := manifest.Parse(file, raw)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := m.Name+".yaml", file; got != want {
				t.Errorf("metadata.name is %s in %s", got, want)
			}
			if !strings.Contains(string(documented), "\n| "+m.Name+" |") {
				t.Errorf("docs/faults.md has no row for %s in its catalogue", m.Name)
			}
			prefix, _, _ := strings.Cut(file, "-")
			want := map[string]string{
				"postgres": "database", "redis": "redis", "ingress": "ingress", "odoo": "application", "carrier": "connector",
				"standby": "database", "pgbouncer": "database",
			}[prefix]
			if m.Class != want {
				t.Errorf("class %s of %s, want %s", m.Class, file, want)
			}
			classes[m.Class]++
			driver := local.New(lab())
			targets, err := driver.Check(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			again, err := driver.Check(t.Context(), m)
			if err != nil || len(targets) != 1 || again[0].Name != targets[0].Name {
				t.Errorf("hits %v, then %v (%v); want the same one", targets, again, err)
			}
			if _, err := driver.Fault(m, targets); err != nil {
				t.Error(err)
			}
		})
	}
	for _, class := range manifest.Classes() {
		if classes[class] == 0 {
			t.Errorf("no fault of class %s", class)
		}
	}
}
