package experiment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/testing/reexec"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// The test binary is k6 for FuzzScenarioOptions.
func TestMain(m *testing.M) { reexec.Main(m) }

// credentials sets what the setup files name.
func credentials(t interface{ Setenv(name, value string) }) {
	for name, value := range map[string]string{"FUZZ_PASSWORD": "secret", "FUZZ_KEY": "secret",
		"FUZZ_DSN": "postgres://u:secret@127.0.0.1:1/t1", "FUZZ_URL": "redis://127.0.0.1:1"} {
		t.Setenv(name, value)
	}
}

// files is a small experiment. Each fuzz target replaces one of its files.
func files() map[string]string {
	return map[string]string{
		"experiment.yaml": `name: small
hypothesis: it holds
setups: [lab.yaml, servers.yaml]
tenants: {t1: abiding, t2: disruptive}
scenarios:
  - {name: dispatch, script: dispatch.js, duration: 30s, scale: 2, env: {ROWS: "10"}}
faults:
  - {name: down, manifest: fault.yaml, at: 5s, for: 5s}
  - {name: again, manifest: fault.yaml, at: cutoff-5s, for: 2s}
warmup: 3s
objectives: [objective.yaml]
halt: {errorShare: 0.9, for: 5s}
replicates: 2
seed: 7
`,
		"lab.yaml": `name: lab
tenancy: hybrid
environment: lab
lab: {kind: odoo, workers: 4, cpu: 2, strategic: [t1], standby: true, walDisk: 512Mi, gatewayTimeout: 5s}
tenants: [{name: t1}, {name: t2}]
`,
		"servers.yaml": `name: servers
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://127.0.0.1:1", database: t1, logins: [a], passwordEnv: FUZZ_PASSWORD}
  - {name: t2, url: "http://127.0.0.1:1", host: t2.example, database: t2, logins: [a, b], apiKeyEnv: FUZZ_KEY}
components:
  - {name: postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, dsnEnv: FUZZ_DSN, pidFile: /run/postgresql.pid}
  - {name: redis, kind: redis, labels: {app.kubernetes.io/name: redis}, urlEnv: FUZZ_URL, proxy: {listen: "127.0.0.1:2", upstream: "127.0.0.1:3"}}
prometheus: {url: "http://127.0.0.1:4", queries: [{name: cpu, expr: up, unit: count, better: lower}]}
chaos: {driver: local, allow: ["*"]}
cost: {currency: EUR, perHour: 1.5}
`,
		"fault.yaml": `apiVersion: harness.odoo/v1alpha1
kind: PostgresChaos
metadata: {name: limit, annotations: {odoo-harness/class: database}}
spec:
  action: connection-limit
  mode: one
  selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}
  duration: 10s
  parameters: {limit: 1}
`,
		"objective.yaml": `apiVersion: openslo/v1
kind: SLO
metadata: {name: cutoff}
spec:
  service: shipping
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: latency}
    spec:
      thresholdMetric: {metricSource: {type: odoo-harness, spec: {journeys: [deliver]}}}
  objectives: [{displayName: fast, op: lte, value: 2, target: 0.95}]
`,
		"dispatch.js": "const rows = __ENV.ROWS;",
	}
}

// loadWith lays the experiment out with one file replaced, loads it and plans it.
func loadWith(t *testing.T, name, text string) {
	t.Helper()
	dir, all := t.TempDir(), files()
	all[name] = text
	for file, content := range all {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := experiment.Load(filepath.Join(dir, "experiment.yaml"))
	if err == nil {
		_, err = plan.New(t.Context(), e, outline, check)
	}
	if err == nil {
		return
	}
	// Load turns a panic of a validator into a problem; here it is a defect.
	if text := err.Error(); strings.TrimSpace(text) == "" || strings.Contains(text, "defect of the harness") {
		t.Errorf("%s: %q", name, text)
	}
}

// outline is that of any script.
func outline(_ context.Context, s spec.Scenario) (plan.Outline, error) {
	return plan.Outline{
		Landmarks: map[string]time.Duration{"cutoff": s.Duration / 2}, Expected: []results.Load{{Scenario: s.Name, Planned: 10}},
	}, nil
}

// check contacts no cluster.
func check(ctx context.Context, s spec.Setup, m chaos.Manifest) ([]chaos.Component, error) {
	if s.OnKubernetes() {
		return nil, errors.New("a cluster is not contacted")
	}
	return target.CheckFault(ctx, s, m)
}

func TestFuzzSeedsAreValid(t *testing.T) {
	credentials(t)
	dir := t.TempDir()
	for file, content := range files() {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := experiment.Load(filepath.Join(dir, "experiment.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.New(t.Context(), e, outline, check); err != nil {
		t.Error(err)
	}
}

func FuzzExperiment(f *testing.F) {
	seed(f, "experiment.yaml", "../examples/*.yaml")
	f.Fuzz(func(t *testing.T, text string) { loadWith(t, "experiment.yaml", text) })
}

func FuzzSetup(f *testing.F) {
	seed(f, "servers.yaml", "../examples/setups/*.yaml")
	f.Fuzz(func(t *testing.T, text string) { loadWith(t, "servers.yaml", text) })
}

func FuzzFault(f *testing.F) {
	seed(f, "fault.yaml", "../chaos/catalogue/*.yaml")
	f.Fuzz(func(t *testing.T, text string) { loadWith(t, "fault.yaml", text) })
}

func FuzzObjective(f *testing.F) {
	seed(f, "objective.yaml", "../examples/objectives/*.yaml")
	f.Fuzz(func(t *testing.T, text string) { loadWith(t, "objective.yaml", text) })
}

// FuzzScenarioOptions writes the options of a script, which k6 reads in a process of its
// own, about three a second.
func FuzzScenarioOptions(f *testing.F) {
	for _, options := range []string{
		"{}", "{vus: 1, iterations: 3}", "{stages: [{duration: '3s', target: 2}]}", "{scenarios: {}}",
		"{scenarios: {a: {executor: 'constant-arrival-rate', rate: 3, timeUnit: '1s', duration: '5s', preAllocatedVUs: 2}}}",
		"{scenarios: {a: {executor: 'open-arrival', journey: 'deliver', exec: 'deliver', shape: []}}}",
		"{thresholds: {http_req_duration: ['p(95)<500']}}", "null", "{scenarios: {a: null}}",
	} {
		f.Add(options)
	}
	f.Fuzz(func(t *testing.T, options string) {
		script := filepath.Join(t.TempDir(), "s.js")
		text := "export const options = " + options + ";\nexport default function () {}\n"
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // options may loop
		defer cancel()
		_, err := scenarios.Inspect(ctx, scenarios.Spec{Name: "s", Script: script, Duration: 30 * time.Second, Scale: 1, Seed: 7})
		if err != nil && (strings.Contains(err.Error(), "goroutine ") || strings.TrimSpace(err.Error()) == "") {
			t.Errorf("%q: %v", options, err)
		}
	})
}

// seed adds the good file, what is in the examples, and shapes that parsers stumble over.
func seed(f *testing.F, name, examples string) {
	f.Helper()
	credentials(f)
	f.Add(files()[name])
	paths, err := filepath.Glob(examples)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no examples at %s: %v", examples, err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	for _, text := range []string{"", "[1, 2", "? [a]\n: b\n", "a: &a [*a]", "--- {}\n--- {}\n", "name: {a: b}\nsetups: 3\n", "!!binary x", "&a {b: *a}"} {
		f.Add(text)
	}
}
