package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// parentVariable makes the test binary a harness that starts a load and waits to be
// killed; its value is the spec.
const parentVariable = "HARNESS_TEST_PARENT"

// The child processes are this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "k6" {
		Main()
		return
	}
	if raw := os.Getenv(parentVariable); raw != "" {
		parent(raw)
		return
	}
	os.Exit(m.Run())
}

// spec is a run against a test server. Its clock starts when k6 is ready, however busy
// the machine is.
func spec(t *testing.T, server *odootest.Server, script string, tenants ...string) Spec {
	t.Helper()
	s := Spec{
		Name: "load", Script: script, Duration: 2 * time.Second, Scale: 1, Seed: 42,
		Ref: "run-1", Out: t.TempDir(), Timeout: 10 * time.Second,
	}
	for _, name := range tenants {
		s.Tenants = append(s.Tenants, Tenant{
			Tenant: results.Tenant{Name: name, Role: results.Abiding}, Address: odoo.Address{Host: name + ".localhost", Database: name}, Logins: []string{"load01"},
			Password: odootest.Password, Transport: "rpc", Load: 1,
		})
		if server != nil {
			s.Tenants[len(s.Tenants)-1].URL = server.URL
		}
	}
	return s
}

// perform runs a spec to its end.
func perform(t *testing.T, s Spec) (results.Generator, []results.Load) {
	t.Helper()
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	generator, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return generator, load
}

// startHeld starts a spec whose load waits for [Child.Begin].
func startHeld(t testing.TB, s Spec) *Child {
	t.Helper()
	s.Held = true
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// performHeld runs a spec that begins some time after k6 was ready.
func performHeld(t *testing.T, s Spec, after time.Duration) (base time.Time, load []results.Load) {
	t.Helper()
	child := startHeld(t, s)
	err := child.Ready(t.Context())
	if err == nil {
		base = time.Now().Add(after)
		err = child.Begin(base)
	}
	_, load, waitErr := child.Wait()
	if err := errors.Join(err, waitErr); err != nil {
		t.Fatal(err)
	}
	return base, load
}

func samplesIn(t testing.TB, dir string) []results.Sample {
	t.Helper()
	var all []results.Sample
	for s, err := range (&results.TrialData{Dir: dir}).Samples() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func writesIn(t *testing.T, dir string) []results.Write {
	t.Helper()
	var all []results.Write
	for w, err := range (&results.TrialData{Dir: dir}).Writes() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return all
}

// noSecrets fails when a password is in any file of a folder.
func noSecrets(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte("sEcReT")) {
			t.Errorf("the password is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// seeded gives a load the documents that its script needs.
func seeded(t *testing.T, s *Spec) *Outline {
	t.Helper()
	outline, err := Inspect(t.Context(), *s)
	if err != nil {
		t.Fatal(err)
	}
	if s.Documents, err = Seed(t.Context(), *s, outline, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return outline
}

func script(name string) string {
	if strings.HasSuffix(name, ".js") {
		return filepath.Join("testdata", name)
	}
	return name + ".js"
}
