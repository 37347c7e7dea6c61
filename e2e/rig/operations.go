package rig

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// tenantOf is a tenant of a lab as the load reaches it, with passwords.
func tenantOf(a lab.Access) scenarios.Tenant {
	return scenarios.Tenant{
		Tenant: results.Tenant{Name: a.Name, Role: results.Abiding}, Address: a.Address, Logins: a.Logins,
		Password: secret.Text(a.Password), Load: 1,
	}
}

// Transports are the APIs of the newest Odoo.
func Transports() []string { return []string{"rpc", "json2", "jsonrpc"} }

// EveryOperation seeds a lab, runs every operation over the APIs given, and cleans up.
func EveryOperation(t *testing.T, up lab.Status, transports ...string) {
	t.Helper()
	var tenants []scenarios.Tenant
	for _, a := range up.Tenants {
		tenant := tenantOf(a)
		for _, key := range a.APIKeys {
			tenant.APIKeys = append(tenant.APIKeys, secret.Text(key))
		}
		tenants = append(tenants, tenant)
	}
	for _, transport := range transports {
		spec := scenarios.Spec{
			Name: transport, Script: "../../scenarios/testdata/operations.js", Duration: 2 * time.Second, Scale: 1,
			Seed: 42, Ref: "it-" + transport, Out: t.TempDir(), Timeout: time.Minute,
		}
		for _, tenant := range tenants {
			tenant.Transport = transport
			if transport == "jsonrpc" { // a connector has a key and no password
				tenant.Transport, tenant.Password = "", ""
			}
			spec.Tenants = append(spec.Tenants, tenant)
			Must(t, scenarios.Preflight(t.Context(), tenant))
		}
		outline, err := scenarios.Inspect(t.Context(), spec)
		Must(t, err)
		spec.Documents, err = scenarios.Seed(t.Context(), spec, outline, lines.Logger(func(line string) { t.Log(line) }))
		Must(t, err)
		child, err := scenarios.Start(t.Context(), spec)
		Must(t, err)
		_, _, err = child.Wait()
		Must(t, err)
		everyStepHeld(t, spec)
		stays, err := scenarios.Clean(t.Context(), spec.Tenants, spec.Ref, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Errorf("%s: clean: %v", transport, err)
		}
		if len(stays) == 0 {
			t.Errorf("%s: nothing stays, though goods were shipped", transport)
		}
		t.Logf("%s: %s", transport, strings.Join(stays, "; "))
	}
}

// everyStepHeld fails for each step that did not succeed, and each write without its
// acknowledgement.
func everyStepHeld(t *testing.T, spec scenarios.Spec) {
	t.Helper()
	records := results.TrialData{Dir: spec.Out}
	steps := 0
	for sample, err := range records.Samples() {
		Must(t, err)
		steps++
		if sample.Outcome != results.OK {
			log, err := os.ReadFile(filepath.Join(spec.Out, "k6-"+spec.Name+".log"))
			Must(t, err)
			t.Errorf("%s %s %s: %s %s\n%s", spec.Name, sample.Tenant, sample.Step, sample.Outcome, sample.Detail, log)
		}
	}
	writes := 0
	for w, err := range records.Writes() {
		Must(t, err)
		writes++
		if w.Ack != results.Acknowledged || w.Ref == "" {
			t.Errorf("%s: write %+v", spec.Name, w)
		}
	}
	if steps == 0 || writes == 0 {
		t.Errorf("%s: %d steps, %d writes", spec.Name, steps, writes)
	}
}
