package odoostack

import (
	"io/fs"
	"strings"
	"testing"

	"example.org/odooharness/lab/odoostack/addons"
	"example.org/odooharness/lab/odoostack/debian"
)

// A template that is built already stays the one of Odoo 19: what Odoo 14 needs is no part of it.
// Who changes the addon or the script changes this digest, and every template is made again.
func TestTemplateOfNineteenStays(t *testing.T) {
	addon, err := addonDigest(19, "harness_connector")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := templateDigest(versionOf(nil), "a87529be4bb0", addon), "83803b113ac8"; got != want {
		t.Errorf("the template of Odoo 19 is called %s, and was %s", got, want)
	}
}

// What differs for Odoo 14 is in the digest of its template.
func TestTemplateOfFourteen(t *testing.T) {
	base := version14()
	name := templateDigest(base, "root", "addon")
	quiet, install, prepare := base, base, base
	quiet.quiet = quiet.quiet[1:]
	install.install = nil
	prepare.prepare += " "
	for what, other := range map[string]version{"neutralizing": quiet, "options": install, "script": prepare} {
		if templateDigest(other, "root", "addon") == name {
			t.Errorf("another %s has the same digest", what)
		}
	}
	if versionOf(&debian.Root{Odoo: 14}).external == versionOf(&debian.Root{Odoo: 19}).external {
		t.Error("14 and 19 are called in the same way")
	}
}

// Each version has the same addons, written for it.
func TestAddonsOfEachVersion(t *testing.T) {
	for odoo, version := range map[int]string{19: `"19.0.1.0.0"`, 14: `"14.0.1.0.0"`} {
		for _, addon := range []string{"harness_connector", "harness_session_redis"} {
			raw, err := fs.ReadFile(addons.Tree(odoo), addon+"/__manifest__.py")
			if err != nil || !strings.Contains(string(raw), version) {
				t.Errorf("%s of Odoo %d has no version %s, %v", addon, odoo, version, err)
			}
		}
		if _, err := fs.Stat(addons.Tree(odoo), "odoo14"); err == nil {
			t.Errorf("Odoo %d would load the addons of another", odoo)
		}
		raw, err := fs.ReadFile(addons.Tree(odoo), "harness_connector/models/stock_picking.py")
		if err != nil || !strings.Contains(string(raw), goodLine) {
			t.Errorf("the connector of Odoo %d has no line %s, %v", odoo, goodLine, err)
		}
	}
}

func TestReadPrepared(t *testing.T) {
	var got Template
	output := "2026 INFO t0 odoo: noise\n>>> TEMPLATE {\"logins\":[\"load01\"],\"api_keys\":[\"k\"],\"connector_key\":\"c\"}\n"
	if err := readPrepared(output, &got); err != nil || got.ConnectorKey != "c" || got.Logins[0] != "load01" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"Traceback", "TEMPLATE {", `TEMPLATE {"logins":["a","b"],"api_keys":["k"]}`} {
		if err := readPrepared(bad, &Template{}); err == nil {
			t.Errorf("output %q was taken for a template", bad)
		}
	}
}
