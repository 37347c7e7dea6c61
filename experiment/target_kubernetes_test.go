package experiment

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

const podsSetup = `name: staging
tenancy: shared
environment: staging
tenants:
- {name: t1, url: "http://shop.example", database: t1, logins: [a], passwordEnv: KUBERNETES_TEST_PASSWORD}
components:
- {name: shared/odoo, kind: odoo, labels: {app: odoo}}
chaos: {driver: chaos-mesh, context: staging, namespace: shop, allow: ["*"]}
`

func TestSetupOnKubernetes(t *testing.T) {
	t.Setenv("KUBERNETES_TEST_PASSWORD", "x")
	for name, test := range map[string]struct{ old, new, want string }{
		"as it is":                 {},
		"no namespace":             {"namespace: shop, ", "", "faults need a namespace"},
		"a production context":     {"context: staging", "context: eu-prod", "the context eu-prod is production by its name"},
		"a production namespace":   {"namespace: shop", "namespace: production", "the namespace production is production"},
		"production meant":         {"context: staging", "context: eu-prod", ""},
		"reproduction is not prod": {"context: staging", "context: reproduction", ""},
		"no labels":                {", labels: {app: odoo}", "", "known by its pods' labels"},
		"a namespace beside the list": {
			"labels: {app: odoo}", "labels: {app: odoo}, namespaces: [bank]", "the namespace bank is not among chaos.namespaces",
		},
		"a proxy": {
			"labels: {app: odoo}", "labels: {app: odoo}, pidFile: /run/x", "proxy and pidFile are of components on this machine",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(podsSetup, test.old, test.new, 1)
			if name == "production meant" {
				text = strings.Replace(text, "tenancy:", "allowProduction: staging\ntenancy:", 1)
			}
			path := filepath.Join(t.TempDir(), "setup.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := SetupTenants(path)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// The roles in deploy are those that init --rbac prints, so that nobody grants more.
func TestDeployedRolesAreThoseThatArePrinted(t *testing.T) {
	want, err := Roles(filepath.Join("..", "deploy", "harness", "setup.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "deploy", "harness", "roles.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("deploy/harness/roles.yaml is not what harness init --rbac deploy/harness/setup.yaml prints; print it again")
	}
}

// Both setups of deploy get the same in total: two tenants with a stack each, or
// both on one.
func TestDeployedSetupsGetTheSame(t *testing.T) {
	shared := requested(t, filepath.Join("..", "deploy", "multi-tenant"))
	one := requested(t, filepath.Join("..", "deploy", "dedicated", "stack"))
	for what, quantity := range shared {
		twice := one[what]
		twice.Add(one[what])
		if quantity.Cmp(twice) != 0 {
			t.Errorf("%s: %s shared, %s for two dedicated stacks", what, quantity.String(), twice.String())
		}
	}
	if len(shared) != 4 {
		t.Errorf("read %v", shared)
	}
}

// requested sums requests and limits over the replicas of a folder.
func requested(t *testing.T, dir string) map[string]resource.Quantity {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sum := map[string]resource.Quantity{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(raw), "\n---\n") {
			var workload struct {
				Spec struct {
					Replicas int `json:"replicas"`
					Template struct {
						Spec struct {
							Containers []struct {
								Resources map[string]map[string]resource.Quantity `json:"resources"`
							} `json:"containers"`
						} `json:"spec"`
					} `json:"template"`
				} `json:"spec"`
			}
			if err := yaml.Unmarshal([]byte(document), &workload); err != nil {
				continue // a document of another shape
			}
			for _, c := range workload.Spec.Template.Spec.Containers {
				for kind, amounts := range c.Resources {
					for name, amount := range amounts {
						total := sum[kind+"."+name]
						for range workload.Spec.Replicas {
							total.Add(amount)
						}
						sum[kind+"."+name] = total
					}
				}
			}
		}
	}
	return sum
}

// A Schedule has no field for a duration: the experiment's is the driver's affair.
func TestScheduleKeepsItsSpec(t *testing.T) {
	raw := []byte("kind: Schedule\nspec:\n  schedule: '@every 5s'\n")
	got, err := withDuration(raw, time.Minute)
	if err != nil || !bytes.Equal(got, raw) {
		t.Errorf("got %s, %v", got, err)
	}
}
