package spec

import (
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
)

// What a lab of Odoo 14 cannot do is refused by the plan: JSON-2, and drills.
func TestOdoo14Refusals(t *testing.T) {
	files := map[string]string{"day.js": "", "setup.yaml": `name: old
tenancy: shared
environment: lab
lab: {kind: odoo, odoo: 14}
tenants: [{name: t1}]
`, "experiment.yaml": `name: old
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding}
scenarios: [{name: day, script: day.js, duration: 3m, transport: json2}]
changes: [{name: a, at: 60s, strategy: hard-restart}]
`}
	_, err := Load(write(t, files), manifest.Parse)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"experiment.yaml:5: scenarios.0.transport: setup old has Odoo 14, which has no JSON-2; write transport: rpc",
		"experiment.yaml:6: changes.0: setup old has Odoo 14, and the tools of the lab were tried on 19 alone; write odoo: 19 in its lab",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no problem %q in\n%v", want, err)
		}
	}
	files["setup.yaml"] = strings.Replace(files["setup.yaml"], ", odoo: 14", "", 1)
	if _, err := Load(write(t, files), manifest.Parse); err != nil && strings.Contains(err.Error(), "JSON-2") {
		t.Errorf("Odoo 19: %v", err)
	}
}
