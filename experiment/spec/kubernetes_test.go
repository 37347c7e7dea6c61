package spec

import (
	"bytes"
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

// A Schedule has no field for a duration: the experiment's is the driver's affair.
func TestScheduleKeepsItsSpec(t *testing.T) {
	raw := []byte("kind: Schedule\nspec:\n  schedule: '@every 5s'\n")
	got, err := withDuration(raw, time.Minute)
	if err != nil || !bytes.Equal(got, raw) {
		t.Errorf("got %s, %v", got, err)
	}
}
