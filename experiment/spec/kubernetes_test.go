package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
		"a context named prd":      {"context: staging", "context: prd-eu1", "the context prd-eu1 is production by its name"},
		"a namespace named live":   {"namespace: shop", "namespace: shop-live", "the namespace shop-live is production"},
		"a context of a cloud":     {"context: staging", "context: 'arn:aws:eks:eu-west-1:1:cluster/PROD01'", "is production by its name"},
		"alive is not live":        {"context: staging", "context: alive", ""},
		"production meant":         {"context: staging", "context: eu-prod", ""},
		"reproduction is not prod": {"context: staging", "context: reproduction", ""},
		"no labels":                {", labels: {app: odoo}", "", "known by its pods' labels"},
		"a namespace outside the list": {
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
			_, err := LoadSetup(path)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// The length of a fault in the experiment becomes that of its manifest. A Schedule has no
// field for it: the fault that it starts gets it, if it has none.
func TestWithDuration(t *testing.T) {
	const pod = "kind: PodChaos\nspec:\n  action: pod-failure\n"
	const again = "kind: Schedule\nspec:\n  schedule: '@every 5s'\n"
	const inner = "  podChaos:\n    selector: {}\n"
	for _, test := range []struct{ raw, want string }{
		{pod, "duration: 1m0s"},
		{pod + "  duration: 5s\n", "duration: 1m0s"},
		{"---\n---\n" + pod + "---\n", "duration: 1m0s"},
		{pod + "---\n" + pod, ""}, // two documents are refused as they are
		{again, ""},
		{again + inner, "duration: 1m0s"},
		{again + inner + "    duration: 3s\n", ""},
		{"kind: Workflow\nspec:\n  entry: a\n", ""},
	} {
		got, err := withDuration([]byte(test.raw), time.Minute)
		if err != nil || test.want == "" && string(got) != test.raw || !strings.Contains(string(got), test.want) || strings.Count(string(got), "duration") > 1 {
			t.Errorf("%q: got %q, %v; want %q in it", test.raw, got, err, test.want)
		}
	}
}
