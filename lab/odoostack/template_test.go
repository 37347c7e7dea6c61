package odoostack

import "testing"

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
