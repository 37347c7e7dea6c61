package odoo

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// User info of the URL becomes basic authentication, decoded, over both transports; a
// message shows neither name nor password.
func TestUserInfo(t *testing.T) {
	const password = "p#1%2/3@ 4:5"
	server := behind(t, func(w http.ResponseWriter, r *http.Request) {
		if name, pass, _ := r.BasicAuth(); name != "bob" || pass != password {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, rpcSeven)
	})
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("bob", password)
	for over, transport := range transports(t, u.String()) {
		client, err := Dial(Tenant{Address: Address{URL: u.String(), Database: "main"}, Login: "admin"}, transport, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := client.Call(t.Context(), "m", "f", nil, "", ""); !a.OK() {
			t.Errorf("%s: %v", over, a.Err())
		}
		transport.Close()
		a := client.Login(t.Context()) // answered with 7, which is no session
		if text := client.Describe(a).Error(); strings.Contains(text, "bob") || strings.Contains(text, "p%23") {
			t.Errorf("%s: %q shows user info", over, text)
		}
	}
	if _, err := Dial(Tenant{Address: Address{URL: u.String()}, API: JSON2}, nil, nil); err == nil || strings.Contains(err.Error(), "bob") {
		t.Errorf("json2 with user info: %v", err)
	}
}

// With a key instead of a password every call goes to /jsonrpc and names the user.
func TestKeysOverJSONRPC(t *testing.T) {
	var got []string
	server := behind(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.URL.Path+" "+string(body))
		if strings.Contains(string(body), `"wrong"`) {
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":false}`)
			return
		}
		if strings.Contains(string(body), `"authenticate"`) {
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":42}`)
			return
		}
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":[42]}`)
	})
	c := dialed(t, Tenant{Address: Address{URL: server.URL, Database: "main"}, Login: "bob", Key: `k"1`, API: External}, nil)
	a := c.Login(t.Context())
	if !a.OK() || !c.LoggedIn() {
		t.Fatal(c.Describe(a))
	}
	if id, a := c.CreateOrder(t.Context(), Order{Partner: 7, Ref: "r"}); !a.OK() || id != 42 {
		t.Errorf("order %d: %v", id, a.Err())
	}
	c.Scan(t.Context(), 2, 5)
	c.Call(t.Context(), "m", "create", nil, `"vals_list":[{}]`, `{"lang":"de"}`)
	const object = `/jsonrpc {"jsonrpc":"2.0","method":"call","params":{"service":"object","method":"execute_kw","args":["main",42,"k\"1",`
	want := []string{
		`/jsonrpc {"jsonrpc":"2.0","method":"call","params":{"service":"common","method":"authenticate","args":["main","bob","k\"1",{}]}}`,
		object + `"sale.order","create",[[{"partner_id":7,"client_order_ref":"r","order_line":[]}]],{}]}}`,
		object + `"stock.move.line","write",[[5]],{"vals":{"quantity":2,"picked":true}}]}}`,
		object + `"m","create",[[{}]],{"context":{"lang":"de"}}]}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wrong := dialed(t, Tenant{Address: Address{URL: server.URL, Database: "main"}, Login: "bob", Key: "wrong", API: External}, nil)
	if a := wrong.Login(t.Context()); a.Outcome != results.Access || !strings.Contains(wrong.Describe(a).Error(), "check the API key") {
		t.Errorf("wrong key: %v", wrong.Describe(a))
	}
}

// Each way in which a log-in fails has its own cause and remedy.
func TestLoginNamesTheCause(t *testing.T) {
	answers := func(status int, kind, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for i := 0; i+1 < len(headers); i += 2 {
				w.Header().Add(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		door http.HandlerFunc
		want string
	}{
		"second factor": {answers(200, asJSON, `{"jsonrpc":"2.0","result":{"uid":null}}`, "Set-Cookie", "session_id=pre; Path=/"),
			`access: requires a second factor (http 200); "bob" needs a second factor: give an API key of it (apiKeyEnv in place of passwordEnv)`},
		"no cookie": {answers(200, asJSON, `{"jsonrpc":"2.0","result":{"uid":2}}`),
			"server_error: log-in without session cookie (http 200); check that the front door passes the cookie session_id on"},
		"wrong password": {answers(200, asJSON, odootest.ErrorRPC("odoo.exceptions.AccessDenied", 0)),
			`access: odoo.exceptions.AccessDenied (http 200); check the password of "bob"`},
		"https": {answers(301, "text/html", "", "Location", "https://erp.example.test/odoo/web/session/authenticate?x=1"),
			"server_error: redirect to https (http 301); the server redirects to https://erp.example.test/odoo: write that in the tenant's url"},
		"another host": {answers(308, "text/html", "", "Location", "//www.example.test/web/session/authenticate"),
			"server_error: http 308 (http 308); the server redirects to http://www.example.test: write that in the tenant's url"},
		"no database": {answers(303, "text/html", "", "Location", "/web/database/selector"),
			`no_database: redirect to database selector (http 303); check that database "main" exists, that PostgreSQL runs and that Host "" leads to it`},
		"basic auth": {answers(401, "text/html", "<html>"),
			"access: http 401 page (http 401); the front door requires a user of its own: write http://USER:PASSWORD@host in the tenant's url"},
		"no odoo": {answers(404, "text/html", "<html>"),
			"server_error: http 404 page (http 404); check the path of the tenant's url: Odoo does not answer there"},
		"down": {answers(502, "text/html", "<html>"),
			"gateway: http 502 (http 502); check that Odoo and its ingress run there"},
	} {
		server := behind(t, c.door)
		client := dialed(t, Tenant{Address: Address{URL: server.URL, Database: "main"}, Login: "bob", Password: "hunter2"}, nil)
		got := client.Describe(client.Login(t.Context())).Error()
		if diff := cmp.Diff("log in to database main at "+server.URL+": "+c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
