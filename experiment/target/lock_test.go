package target

import (
	"errors"
	"strings"
	"testing"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/odoo"
)

// A container may have no home that can be written to.
func TestLockWithoutHome(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/proc/nowhere")
	t.Setenv("TMPDIR", t.TempDir())
	unlock, err := Lock(spec.Setup{Name: "staging", Tenants: []spec.TenantAccess{{Name: "acme", Address: odoo.Address{URL: "http://127.0.0.1:1", Database: "main"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

// Two runs on one tenant know of each other, also when their setup files differ.
func TestLock(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	setup := func(run, url, database string) spec.Setup {
		return spec.Setup{Name: "staging", Run: run, Tenants: []spec.TenantAccess{{Name: "acme", Address: odoo.Address{URL: url, Database: database}}}}
	}
	unlock, err := Lock(setup("peak/7", "https://odoo.example:8443/", "main"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(setup("peak/8", "https://user:secret@ODOO.example:8443", "main"))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "setup staging, tenant acme: another run uses it: peak/7, process ") {
		t.Errorf("a second run: %v", err)
	}
	other, err := Lock(setup("peak/9", "https://odoo.example:8443", "second"))
	if err != nil {
		t.Fatalf("another database: %v", err)
	}
	if err := errors.Join(unlock(), other()); err != nil {
		t.Error(err)
	}
	again, err := Lock(setup("peak/8", "https://odoo.example:8443", "main"))
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}
