package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/chaos"
)

// jobFolder lays deploy/harness out as the image has it: the experiment's folder is next to
// the catalogue of faults.
func jobFolder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	run := filepath.Join(root, "run")
	if err := errors.Join(os.CopyFS(run, os.DirFS(filepath.Join("..", "..", "deploy", "harness"))),
		os.CopyFS(filepath.Join(root, "chaos", "catalogue"), chaos.Catalogue())); err != nil {
		t.Fatal(err)
	}
	return run
}

func rbac(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newInit()
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(append([]string{"--rbac"}, args...))
	err := cmd.ExecuteContext(t.Context())
	return out.Bytes(), err
}

// The roles in deploy are those that init --rbac prints for its experiment, so that nobody
// grants more: its only fault kills a pod.
func TestDeployedRolesAreThoseThatArePrinted(t *testing.T) {
	run := jobFolder(t)
	want, err := rbac(t, filepath.Join(run, "setup.yaml"), filepath.Join(run, "experiment.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "deploy", "harness", "roles.yaml")
	if *update {
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("deploy/harness/roles.yaml is not what harness init --rbac setup.yaml experiment.yaml prints; print it again with -update")
	}
	for _, absent := range []string{"networkchaos", "workflows", "podnetworkchaos"} {
		if strings.Contains(string(want), absent) {
			t.Errorf("%s is granted for an experiment that kills a pod", absent)
		}
	}
}

// A Workflow or Schedule gives its creator the rights of Chaos Mesh, so its roles are
// printed only on request.
func TestRolesOfAWorkflow(t *testing.T) {
	run := jobFolder(t)
	fault := filepath.Join(run, "fault.yaml")
	experiment := filepath.Join(run, "experiment.yaml")
	raw, err := os.ReadFile(experiment)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), "../chaos/catalogue/postgres-kill.yaml, at: cutoff-60s", fault+", at: cutoff-60s, for: 30s", 1)
	if err := errors.Join(os.WriteFile(experiment, []byte(text), 0o600), os.WriteFile(fault, []byte(`apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {name: again, annotations: {odoo-harness/class: database}}
spec:
  schedule: '@every 5s'
  historyLimit: 2
  concurrencyPolicy: Forbid
  type: NetworkChaos
  networkChaos: {action: delay, delay: {latency: 1ms}, mode: one, selector: {labelSelectors: {app: x}}, duration: 3s}
`), 0o600)); err != nil {
		t.Fatal(err)
	}
	setup := filepath.Join(run, "setup.yaml")
	if _, err := rbac(t, setup, experiment); err == nil || !strings.Contains(err.Error(), "or add --workflows") {
		t.Errorf("got %v, want a refusal that names --workflows", err)
	}
	roles, err := rbac(t, setup, experiment, "--workflows")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"workflows", "schedules", "networkchaos", "podnetworkchaos"} {
		if !strings.Contains(string(roles), want) {
			t.Errorf("%s is not granted:\n%s", want, roles)
		}
	}
}

// Generators that are pods need the permissions of the Role in deploy/load, in their namespace.
func TestRolesOfGenerators(t *testing.T) {
	run := jobFolder(t)
	load, err := filepath.Abs(filepath.Join("..", "..", "deploy", "load"))
	if err != nil {
		t.Fatal(err)
	}
	experiment := filepath.Join(run, "experiment.yaml")
	raw, err := os.ReadFile(experiment)
	if err != nil {
		t.Fatal(err)
	}
	for line, role := range map[string]string{
		"engine: job, job: " + filepath.Join(load, "job.yaml"):                 "role.yaml",
		"engine: k6-operator, testRun: " + filepath.Join(load, "testrun.yaml"): "testrun-role.yaml",
	} {
		text := string(raw) + "generators: {count: 2, address: \"10.0.0.7:7443\", " + line + "}\n"
		if err := os.WriteFile(experiment, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		printed, err := rbac(t, filepath.Join(run, "setup.yaml"), experiment)
		if err != nil {
			t.Fatal(err)
		}
		shipped, err := os.ReadFile(filepath.Join(load, role))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(granted(t, shipped), granted(t, printed)); diff != "" {
			t.Errorf("%s (-%s +printed):\n%s", line, role, diff)
		}
	}
}

// granted lists what roles grant in the namespace of generators, as "verb group/resource/name".
func granted(t *testing.T, manifests []byte) (all []string) {
	t.Helper()
	for _, text := range strings.Split(string(manifests), "---\n") {
		var role rbacv1.Role
		if err := yaml.Unmarshal([]byte(text), &role); err != nil {
			t.Fatal(err)
		}
		if role.Kind != "Role" || role.Namespace != "odoo-harness" {
			continue
		}
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, verb+" "+rule.APIGroups[0]+"/"+resource+"/"+strings.Join(rule.ResourceNames, ","))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
