package k6

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

func TestSpecFromEnvironment(t *testing.T) {
	env := map[string]string{
		"ODOO_URL": "http://127.0.0.1:8069", "ODOO_TENANTS": "t1,t2", "ODOO_HOST": "{tenant}.localhost",
		"ODOO_LOGINS": "load01,load02", "ODOO_PASSWORD": "p", "ODOO_DURATION": "90s", "ODOO_SCALE": "2.5", "ODOO_SEED": "7",
	}
	spec, err := specFromEnvironment(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Tenant{
		Tenant: results.Tenant{Name: "t2", Role: results.Abiding}, Address: odoo.Address{URL: "http://127.0.0.1:8069", Host: "t2.localhost", Database: "t2"},
		Logins: []string{"load01", "load02"}, Password: "p", Transport: "rpc", Load: 1,
	}
	if diff := cmp.Diff(want, spec.Tenants[1]); diff != "" {
		t.Error(diff)
	}
	if spec.Duration != 90*time.Second || spec.Scale != 2.5 || spec.Seed != 7 || spec.Timeout != 30*time.Second {
		t.Errorf("spec %+v", spec)
	}
	env["ODOO_DURATION"], env["ODOO_SCALE"] = "long", "-1"
	_, err = specFromEnvironment(func(name string) string { return env[name] })
	if err == nil || !strings.Contains(err.Error(), "ODOO_DURATION") || !strings.Contains(err.Error(), "ODOO_SCALE") {
		t.Errorf("want both problems, got %v", err)
	}
}
