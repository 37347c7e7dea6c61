package k6

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/types"
	"gopkg.in/guregu/null.v3"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// The log-in before the load finds and verifies servers by the script's options and the
// tenant's caFile.
func TestLoginFollowsTheOptions(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "s", Path: "/"})
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":{"uid":2,"server_version":"19.0"}}`)
	}))
	defer server.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	host, err := types.NewHost([]byte{127, 0, 0, 1}, port)
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := types.NewNullHosts(map[string]types.Host{"example.com": *host})
	if err != nil {
		t.Fatal(err)
	}
	insecure := lib.Options{InsecureSkipTLSVerify: null.BoolFrom(true)}
	for name, c := range map[string]struct {
		tenant  wire.Tenant
		options lib.Options
		want    string // in the error, empty: logged in
	}{
		"unknown authority":  {wire.Tenant{Address: odoo.Address{URL: server.URL}}, lib.Options{}, "certificate signed by unknown authority"},
		"not verified":       {wire.Tenant{Address: odoo.Address{URL: server.URL}}, insecure, ""},
		"caFile":             {wire.Tenant{Address: odoo.Address{URL: server.URL}, CAFile: authority}, lib.Options{}, ""},
		"hosts":              {wire.Tenant{Address: odoo.Address{URL: "https://example.com"}, CAFile: authority}, lib.Options{Hosts: hosts}, ""},
		"caFile for another": {wire.Tenant{Address: odoo.Address{URL: server.URL, Host: "erp.test"}, CAFile: authority}, lib.Options{}, "certificate for another name"},
		"no caFile":          {wire.Tenant{Address: odoo.Address{URL: server.URL}, CAFile: authority + "x"}, lib.Options{}, "read caFile of tenant t1"},
		"no certificate":     {wire.Tenant{Address: odoo.Address{URL: server.URL}, CAFile: os.Args[0]}, lib.Options{}, "holds no certificate"},
	} {
		c.tenant.Name, c.tenant.Database, c.tenant.Password = "t1", "main", "secret"
		p, err := newProcess(wire.Spec{Name: "s", Tenants: []wire.Tenant{c.tenant}, Timeout: 5 * time.Second}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = p.login(t.Context(), c.options)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// An API key belongs to one account: as many users as keys, over /jsonrpc where the
// script does not speak JSON-2.
func TestUsersWithKeys(t *testing.T) {
	for name, c := range map[string]struct {
		tenant wire.Tenant
		users  int
		api    string
	}{
		"passwords":          {wire.Tenant{Logins: []string{"a", "b", "c"}, Password: "p", Transport: "rpc"}, 2, "rpc"},
		"a key":              {wire.Tenant{Logins: []string{"a", "b"}, APIKeys: []secret.Text{"k"}, Transport: "rpc"}, 1, "jsonrpc"},
		"a key over json2":   {wire.Tenant{Logins: []string{"a", "b"}, APIKeys: []secret.Text{"k"}, Transport: "json2"}, 1, "json2"},
		"key and password":   {wire.Tenant{Logins: []string{"a", "b"}, Password: "p", APIKeys: []secret.Text{"k"}}, 2, ""},
		"nothing but a name": {wire.Tenant{Logins: []string{"a"}}, 1, ""},
	} {
		state := &tenantState{Tenant: c.tenant}
		state.setVersion(18, time.Second)
		if len(state.users) != c.users || string(state.users[0].tenant.API) != c.api {
			t.Errorf("%s: %d users over %q, want %d over %q", name, len(state.users), state.users[0].tenant.API, c.users, c.api)
		}
	}
}
