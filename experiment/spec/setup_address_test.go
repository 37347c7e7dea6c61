package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Addresses that cannot exist are refused before a run, at their field, and no credential
// in them is shown.
func TestAddressesOfSetup(t *testing.T) {
	const tenant = `{name: t1, url: "http://127.0.0.1:8069", database: main, logins: [u1], passwordEnv: ADDRESS_PASSWORD}`
	t.Setenv("ADDRESS_PASSWORD", "marked")
	for _, test := range []struct {
		tenant, components, more string // more of the tenant, the components, more of the setup
		env                      string // value of ADDRESS
		want                     string // the only problem; empty: accepted
	}{
		{},
		{tenant: `, host: erp.example.com`},
		{tenant: `, host: "erp.example.com:8443"`},
		{tenant: `, host: "[::1]:8443"`},
		{tenant: `, host: "https://erp.example.com"`, want: `tenants.0.host: "https://erp.example.com" is no host; write a name without scheme`},
		{tenant: `, host: "https://u:marked@erp"`, want: `tenants.0.host: "https://erp" is no host`},
		{tenant: `, host: "erp/web"`, want: `tenants.0.host: "erp/web" is no host`},
		{tenant: `, host: "erp:99999"`, want: `tenants.0.host: "erp:99999" is no host`},
		{tenant: `, url: "http://h/web"`, want: `tenants.0.url: url ends with the path of a page of Odoo; write what precedes /web`},
		{tenant: `, url: "http://h/erp/web/login"`, want: `tenants.0.url: url ends with the path of a page of Odoo`},
		{tenant: `, url: "http://h/webshop"`},
		{tenant: `, passwordEnv: marked secret`, want: `tenants.0.passwordEnv: is no name of an environment variable (not shown`},
		{tenant: `, dsnEnv: ADDRESS`, env: "postgres://u:marked@h:5432/main"},
		{tenant: `, dsnEnv: ADDRESS`, env: "postgres://u:marked@/main?host=/run/postgresql"},
		{tenant: `, dsnEnv: ADDRESS`, env: "host=h port=5432 password=marked"},
		{tenant: `, dsnEnv: ADDRESS`, env: "postgres://u:marked@h:99999/main", want: `tenants.0.dsnEnv: the address in the environment variable ADDRESS has a port that is not from 1 to 65535`},
		{tenant: `, dsnEnv: ADDRESS`, env: "host=h port=x password=marked", want: `tenants.0.dsnEnv: the address in the environment variable ADDRESS has a port`},
		{components: `{name: db, kind: postgres, dsnEnv: ADDRESS}`, env: "postgresql+psycopg2://u:marked@h/main",
			want: `components.0.dsnEnv: the address in the environment variable ADDRESS has another scheme than postgres, postgresql; write postgres://...`},
		{components: `{name: cache, kind: redis, urlEnv: ADDRESS}`, env: "rediss://:marked@h:6380/1"},
		{components: `{name: cache, kind: redis, urlEnv: ADDRESS}`, env: "http://:marked@h", want: `components.0.urlEnv: the address in the environment variable ADDRESS has another scheme than redis, rediss, unix`},
		{components: `{name: cache, kind: redis, urlEnv: ADDRESS}`, env: "redis://:marked@h:0", want: `components.0.urlEnv: the address in the environment variable ADDRESS has a port`},
		{components: `{name: door, kind: ingress, metricsURL: "http://u:marked@h:99999/metrics"}`, want: `components.0.metricsURL: is no URL with a host and a port`},
		{components: `{name: odoo, kind: odoo, address: "http://u:marked@h"}`, want: `components.0.address: "http://h" is no host with a port`},
		{components: `{name: odoo, kind: odoo, address: h}`, want: `components.0.address: "h" is no host with a port; write host:port`},
		{components: `{name: odoo, kind: odoo, address: ":8069"}`, want: `components.0.address: ":8069" is no host with a port`},
		{components: `{name: odoo, kind: odoo, address: "h:8069"}`},
		{components: `{name: door, kind: ingress, proxy: {listen: "127.0.0.1:70000", upstream: "127.0.0.1:80"}}`, want: `components.0.proxy.listen: "127.0.0.1:70000" is no host`},
		{components: `{name: door, kind: ingress, proxy: {listen: "127.0.0.1:80", upstream: "127.0.0.1:80"}}`, want: `components.0.proxy.upstream: is the address on which the proxy itself listens; write the address of door`},
		{components: `{name: a, kind: ingress, proxy: {listen: "h:1", upstream: "h:2"}}, {name: b, kind: ingress, proxy: {listen: "h:1", upstream: "h:3"}}`,
			want: `components.1.proxy.listen: the proxy of a listens there, too`},
		{more: "prometheus: {url: 'http://u:marked@h:99999'}", want: `prometheus.url: is no URL with a host and a port`},
		{more: "allowProduction: other", want: `allowProduction: this setup is plain, not other; write allowProduction: plain, or remove it`},
	} {
		t.Setenv("ADDRESS", test.env)
		path := filepath.Join(t.TempDir(), "setup.yaml")
		access := tenant
		for _, field := range []string{"url", "passwordEnv"} {
			if strings.Contains(test.tenant, field) {
				access = cut(access, field)
			}
		}
		access = strings.TrimSuffix(access, "}") + test.tenant + "}"
		text := "name: plain\ntenancy: shared\nenvironment: staging\ntenants: [" + access + "]\ncomponents: [" + test.components + "]\n" + test.more + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadSetup(path)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: got %v, want %s alone", text, err, test.want)
		case err != nil && strings.Contains(err.Error(), "marked"):
			t.Errorf("a credential is shown: %v", err)
		}
	}
}

// cut removes a field of a mapping in flow style.
func cut(mapping, field string) string {
	before, after, _ := strings.Cut(mapping, ", "+field+": ")
	if _, rest, found := strings.Cut(after, ","); found {
		return before + "," + rest
	}
	return before + "}"
}
