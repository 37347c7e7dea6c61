package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
)

// write lays out files in a folder of the test and returns the path of the first.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "experiment.yaml")
}

const goodSetup = `name: shared
tenancy: shared
environment: lab
lab: {kind: embedded, workers: 2}
tenants: [{name: t1}, {name: t2}]
`

// Every problem is reported at once, each with file, line, field and a remedy.
func TestLoadReportsEveryProblem(t *testing.T) {
	path := write(t, map[string]string{
		"experiment.yaml": `name: Peak Season
hypothesis: it holds
setups: [setup.yaml]
scenarios:
  - {name: dispatch, script: dispatch.js, duration: 3 minutes, scale: -1}
tenants: {t1: abiding, t2: noisy}
faults:
  - {name: pg, manifest: pg.yaml}
replicas: 3
`,
		"setup.yaml": goodSetup,
	})
	_, err := Load(path, manifest.Parse)
	var problems file.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	for _, want := range []string{
		"experiment.yaml:1: name: ",
		`experiment.yaml:5: scenarios.0.duration: "3 minutes" is not a time; write 90s`,
		"experiment.yaml:5: scenarios.0.scale: ",
		"experiment.yaml:6: tenants.t2: noisy is not one of abiding, disruptive",
		"experiment.yaml:8: faults.0: missing at",
		"experiment.yaml:9: replicas: unknown field replicas; write replicates, or remove it",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no problem with %q in:\n%v", want, err)
		}
	}
	if len(problems) != 6 {
		t.Errorf("%d problems, want 6:\n%v", len(problems), err)
	}
}

// Labs on Kubernetes name their setup files by absolute paths.
func TestLoadTakesAbsolutePaths(t *testing.T) {
	dir, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "first-look.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("../", filepath.Dir(dir)+"/", "setups/", dir+"/setups/", "objectives/", dir+"/objectives/").Replace(string(raw))
	e, err := Load(write(t, map[string]string{"experiment.yaml": text}), manifest.Parse)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Setups) != 2 || len(e.Scenarios) != 4 || len(e.Faults) != 3 || len(e.Objectives) == 0 {
		t.Errorf("%d setups, %d scenarios, %d faults, %d objectives", len(e.Setups), len(e.Scenarios), len(e.Faults), len(e.Objectives))
	}
}

func TestLoadHoldsFilesAgainstEachOther(t *testing.T) {
	path := write(t, map[string]string{
		"experiment.yaml": `name: peak
hypothesis: it holds
setups: [setup.yaml, gone.yaml, production.yaml]
scenarios:
  - {name: dispatch, script: gone.js, duration: 3m, tenants: [t1, t9]}
  - {name: dispatch, script: dispatch.js, duration: 3m, tenants: disruptive}
tenants: {t1: abiding, t2: abiding, t7: abiding}
faults:
  - {name: pg, manifest: gone.yaml, at: 60s}
`,
		"setup.yaml":      goodSetup,
		"production.yaml": strings.NewReplacer("name: shared", "name: live", "environment: lab", "environment: production").Replace(goodSetup),
		"dispatch.js":     "",
	})
	_, err := Load(path, manifest.Parse)
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		"gone.yaml cannot be read",
		"production.yaml:3: environment: this setup is production",
		"write allowProduction: live",
		"scenarios.0.script: cannot be read",
		"there is no tenant t9; tenants: lists t1, t2, t7",
		"scenarios.1.tenants: no tenant is disruptive",
		"scenarios.1.name: dispatch is there twice",
		"setup shared has no tenant t7",
		"faults.0.manifest: cannot be read",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no problem with %q in:\n%v", want, err)
		}
	}
}

func TestExternalSetupNamesItsCredentials(t *testing.T) {
	path := write(t, map[string]string{
		"experiment.yaml": `name: x
hypothesis: x
setups: [setup.yaml]
scenarios: [{name: d, script: d.js, duration: 1m}]
tenants: {t1: abiding}
`,
		"setup.yaml": `name: staging
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://127.0.0.1:1", database: t1, logins: [a], passwordEnv: HARNESS_TEST_NOT_SET}
components: [{name: pg, kind: postgres, tenants: [t5]}]
`,
		"d.js": "",
	})
	_, err := Load(path, manifest.Parse)
	for _, want := range []string{"the environment variable HARNESS_TEST_NOT_SET is not set", "there is no tenant t5"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no problem with %q in:\n%v", want, err)
		}
	}
	t.Setenv("HARNESS_TEST_NOT_SET", "hunter2")
	_, err = Load(path, manifest.Parse)
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "NOT_SET") {
		t.Errorf("got %v, want the unknown tenant alone and no secret", err)
	}
}

// The plan reports a wrong URL or caFile of a tenant with field, line and remedy, and
// without the URL: it may hold a password.
func TestTenantAddress(t *testing.T) {
	t.Setenv("ODOO_PASSWORD", "secret")
	for access, want := range map[string]string{
		`url: "http://127.0.0.1:8069/odoo/"`:         "",
		`url: "https://bob:a%23b@erp.test"`:          "",
		`url: "http://:8069"`:                        "setup.yaml:5: tenants.0.url: url names no host; want http://host:port or https://host:port",
		`url: "http://erp.test:0"`:                   "tenants.0.url: url has the port 0; want a number from 1 to 65535",
		`url: "http://erp.test:70000"`:               "tenants.0.url: url has the port 70000",
		`url: "http://bob:hunter2#x@erp.test"`:       "tenants.0.url: url cannot be parsed",
		`url: "http://erp.test/?password=hunter2"`:   "tenants.0.url: url has a query or a fragment",
		`url: "ftp://bob:hunter2@erp.test"`:          "tenants.0.url",
		`url: "http://erp.test", caFile: "none.pem"`: "tenants.0.caFile: the file cannot be read; name a PEM file with certificates",
	} {
		path := write(t, map[string]string{
			"setup.yaml": `name: staging
tenancy: shared
environment: staging
tenants:
  - {name: t1, ` + access + `, database: t1, logins: [a], passwordEnv: ODOO_PASSWORD}
components: []
`,
			"experiment.yaml": "",
		})
		_, err := LoadSetup(filepath.Join(filepath.Dir(path), "setup.yaml"))
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s, want %q", access, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("name: x\nhypothesis: y\n")
	f.Add("[1, 2")
	f.Add("name: {a: b}\nsetups: 3\n")
	f.Add("faults: [{at: 5}]\n? [a]\n: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "e.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, manifest.Parse); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error that says nothing")
		}
	})
}
