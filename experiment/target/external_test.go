package target

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/odoo"
)

// Logs and servers know a tenant by the database and host of the setup file.
func TestNamesOfTenants(t *testing.T) {
	databases, hosts := namesOf([]spec.TenantAccess{
		{Name: "acme", Address: odoo.Address{Database: "main", URL: "http://127.0.0.1:8069", Host: "erp.acme.example"}},
		{Name: "globex", Address: odoo.Address{Database: "prod", URL: "https://bob:secret@erp.globex.example/odoo"}},
	})
	if diff := cmp.Diff(map[string]string{"acme": "main", "globex": "prod"}, databases); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"acme": "erp.acme.example", "globex": "erp.globex.example"}, hosts); diff != "" {
		t.Error(diff)
	}
}
