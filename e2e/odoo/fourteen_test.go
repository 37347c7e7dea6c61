//go:build odoo

package odoo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/audit"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
	"example.org/odooharness/results"
)

// The same client and the same audit on a real Odoo 14: a second server, whose words differ.
// make e2e-odoo14 builds the root.

// onFourteen skips a test where the root of Odoo 14 is not built, and brings a lab up.
func onFourteen(t *testing.T) lab.Status {
	t.Helper()
	needFourteen(t)
	return rig.LabUp(t, rig.StateDir(t), "odoo", 1, "--odoo", "14")
}

func needFourteen(t *testing.T) {
	t.Helper()
	cache, err := debian.CacheDir()
	rig.Must(t, err)
	if !debian.Built(cache, 14) {
		t.Skip("the root of Odoo 14 is not built: harness lab build --odoo 14")
	}
}

// Sessions and call_kw, then /jsonrpc with an API key. There is no JSON-2 before 19.
func TestEveryOperationOnFourteen(t *testing.T) {
	rig.EveryOperation(t, onFourteen(t), "rpc", "jsonrpc")
}

// Each scenario that ships. The audit reads every write back and checks the laws over SQL.
func TestEveryScriptOnFourteen(t *testing.T) { rig.EveryScript(t, onFourteen(t), 12*time.Second, 2) }

// One fault each in PostgreSQL, Redis and the ingress under the load of a dispatch cut-off.
func TestCutoffOnFourteen(t *testing.T) {
	needFourteen(t)
	shipped := map[string]int{}
	run, judged := survive(t, "odoo-fourteen", nil, func(sut *target.Target, _ string) {
		for _, tenant := range []string{"t1", "t2"} {
			shipped[tenant] = number(t, sut, tenant, `select count(*) from stock_picking where state = 'done'`)
		}
	})
	if version := run.Manifest.Versions["odoo"]; !strings.HasPrefix(version, "14.0") {
		t.Errorf("the server is Odoo %q", version)
	}
	t.Logf("versions %v, shipped %v", run.Manifest.Versions, shipped)
	trial := run.Trials[0]
	if got := len(trial.Injections); got != 3 {
		t.Errorf("%d faults, want 3", got)
	}
	for _, op := range trial.Audit.Operations {
		t.Logf("%+v", op)
		if op.Lost > 0 || op.Duplicated > 0 {
			t.Errorf("%s %s: %d lost, %d duplicated: %v", op.Tenant, op.Op, op.Lost, op.Duplicated, op.Examples)
		}
	}
	everyLaw(t, trial.Audit.Invariants)
	for id, want := range map[string]finding.Verdict{
		"DUR-001": finding.Pass, "DUR-002": finding.Pass, "DUR-005": finding.Pass, "BKG-001": finding.Pass,
		"RES-004": finding.Fail, // the first is of PostgreSQL: Odoo 14 ends the sessions that meet its failure
	} {
		if f := findingOf(t, judged, id, "odoo-fourteen"); f.Verdict != want {
			t.Errorf("%s %s: %s, want %s: %v", id, f.Title, f.Verdict, want, f.Because)
		}
	}
}

// everyLaw fails for a law that was broken, that could not be checked, or that did not apply.
func everyLaw(t *testing.T, found []results.Invariant) {
	t.Helper()
	var names []string
	for _, law := range found {
		names = append(names, law.Name)
		if !law.Held || law.Err != "" || law.Absent != "" {
			t.Errorf("%s: held %v %s %s %v", law.Name, law.Held, law.Err, law.Absent, law.Examples)
		}
	}
	for _, name := range audit.LawNames() {
		if !slices.Contains(names, name) {
			t.Errorf("law %s was not checked", name)
		}
	}
}
