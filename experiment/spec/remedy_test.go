package spec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

const remedySetup = `name: shared
tenancy: shared
environment: lab
lab: {kind: embedded, workers: 4, gatewayTimeout: 6s}
tenants: [{name: t1}, {name: t2}]
cost: {currency: EUR, perHour: 0.4}
`

func withRemedies(remedies string) map[string]string {
	return map[string]string{"setup.yaml": remedySetup, "day.js": "", "experiment.yaml": `name: remedies
hypothesis: it helps
setups: [setup.yaml]
tenants: {t1: abiding, t2: disruptive}
scenarios: [{name: day, script: day.js, duration: 30s}]
remedies:
` + remedies}
}

// A remedy is a setup with the options of its base and its own on top. What it does not
// name stays, and the base stays as it is.
func TestRemediesAreSetups(t *testing.T) {
	e, err := Load(write(t, withRemedies(`  - {name: imports, about: apart, lab: {importWorkers: 1}}
  - {name: own, about: at home, for: [ISO-001], tenancy: hybrid, lab: {strategic: [t2], workers: 6}, cost: {currency: EUR, perHour: 0.5}}
  - {name: both, about: and limited, of: own, lab: {limits: {t2: {requestsPerSecond: 2, statementTimeout: 5s}}}}
`)), manifest.Parse)
	if err != nil {
		t.Fatal(err)
	}
	want := []results.Remedy{
		{Name: "imports", Of: "shared", About: "apart", For: []string{"ISO-001", "ISO-002", "SLO-001", "SLO-002"}},
		{Name: "own", Of: "shared", About: "at home", For: []string{"ISO-001"}},
		{Name: "both", Of: "own", About: "and limited", For: []string{"ISO-001", "ISO-002", "SLO-001", "SLO-002"}},
	}
	if diff := cmp.Diff(want, e.Remedies); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	base, imports, own, both := e.Setup("shared"), e.Setup("imports"), e.Setup("own"), e.Setup("both")
	if base.Lab.ImportWorkers != 0 || imports.Lab.ImportWorkers != 1 || imports.Lab.Workers != 4 || imports.Lab.GatewayTimeout != base.Lab.GatewayTimeout {
		t.Errorf("base %+v, imports %+v", base.Lab, imports.Lab)
	}
	if own.Tenancy != results.Hybrid || own.Lab.Workers != 6 || own.Cost.PerHour != 0.5 || imports.Cost.PerHour != 0.4 {
		t.Errorf("own: %s, %+v, %+v", own.Tenancy, own.Lab, own.Cost)
	}
	if both.Tenancy != results.Hybrid || both.Lab.Limits["t2"].RequestsPerSecond != 2 || own.Lab.Limits != nil {
		t.Errorf("both: %s, %+v; own: %+v", both.Tenancy, both.Lab, own.Lab)
	}
	digests := map[string]bool{base.Input.SHA256: true, imports.Input.SHA256: true, own.Input.SHA256: true, both.Input.SHA256: true}
	if len(digests) != 4 {
		t.Error("two setups have one digest: earlier runs of the one would count for the other")
	}
	if e.BaseOf("both") != "own" || e.BaseOf("imports") != "shared" {
		t.Errorf("bases %s and %s", e.BaseOf("both"), e.BaseOf("imports"))
	}
}

// Every mistake is reported with its line and path in the experiment.
func TestRemedyProblems(t *testing.T) {
	_, err := Load(write(t, withRemedies(`  - {name: a, about: x, of: gone, lab: {workers: 2}}
  - {name: b, about: x, lab: {importWorkers: 4}}
  - {name: c, about: x, lab: {limits: {t9: {connections: 1}}}}
  - {name: d, about: x, lab: {cronWorkers: 1, pooler: true, odoo: 14}}
  - {name: e, about: x, lab: {worker: 2}}
  - {name: f, about: x, tenancy: hybrid}
  - {name: shared, about: x, lab: {workers: 2}}
`)), manifest.Parse)
	var problems file.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"experiment.yaml:7: remedies.0.of: there is no setup gone; setups are shared",
		"experiment.yaml:8: remedies.1.lab.importWorkers: 4 of 4 workers leave none for people",
		"experiment.yaml:9: remedies.2.lab.limits.t9: there is no tenant t9",
		"experiment.yaml:10: remedies.3.lab.cronWorkers: the embedded target has no scheduled jobs",
		"experiment.yaml:10: remedies.3.lab.pooler: is of the real Odoo lab",
		"experiment.yaml:10: remedies.3.lab.odoo: the embedded target has no version of Odoo",
		"experiment.yaml:11: remedies.4.lab.worker: unknown field worker",
		"experiment.yaml:12: remedies.5.lab: a hybrid lab needs strategic tenants",
		"two setups are named shared",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no problem with %q in:\n%v", want, err)
		}
	}
	if len(problems) != 9 {
		t.Errorf("%d problems, want 9:\n%v", len(problems), err)
	}
}

// A part of the setups can be run; a remedy without the setup that it changes cannot.
func TestOnly(t *testing.T) {
	path := write(t, withRemedies(`  - {name: imports, about: apart, lab: {importWorkers: 1}}
  - {name: more, about: more, lab: {workers: 8}}
`))
	for _, c := range []struct {
		names  []string
		setups int
		err    string
	}{
		{nil, 3, ""},
		{[]string{"shared", "more"}, 2, ""},
		{[]string{"more"}, 0, "remedy more is compared with shared"},
		{[]string{"shared", "mor"}, 0, "there is no setup or remedy mor"},
	} {
		e, err := Load(path, manifest.Parse)
		if err != nil {
			t.Fatal(err)
		}
		err = e.Only(c.names)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: %v", c.names, err)
			}
			continue
		}
		if err != nil || len(e.Setups) != c.setups || len(e.Remedies) != c.setups-1 {
			t.Errorf("%v: %d setups, %d remedies, %v", c.names, len(e.Setups), len(e.Remedies), err)
		}
	}
}
