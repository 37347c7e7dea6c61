package odoo

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

const rpcSeven = `{"jsonrpc":"2.0","id":null,"result":7}`

// behind starts a server with a front door of its own.
func behind(t *testing.T, door http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	return server
}

// dialed is a client with a transport to the tenant.
func dialed(t *testing.T, tenant Tenant, config *tls.Config) *Client {
	t.Helper()
	tenant.Timeout = 5 * time.Second
	transport, err := NewTransport(tenant, nil, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	c, err := Dial(tenant, transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What front doors do to an answer, over both transports.
func TestFrontDoors(t *testing.T) {
	answer := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
	type want struct {
		Outcome results.Outcome
		Detail  string
		Result  string
	}
	seven := want{results.OK, "", "7"}
	for name, c := range map[string]struct {
		path string // of the tenant's URL
		door http.HandlerFunc
		want want
	}{
		"plain": {"", func(w http.ResponseWriter, _ *http.Request) { answer(w, rpcSeven) }, seven},
		"headers of 30 KB": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", strings.Repeat("x", 30<<10))
			answer(w, rpcSeven)
		}, seven},
		"headers of 80 KB": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", strings.Repeat("x", 80<<10))
			answer(w, rpcSeven)
		}, want{results.ServerError, "response headers too large", ""}},
		"gzip that was not asked for": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			packed := gzip.NewWriter(w)
			_, _ = io.WriteString(packed, rpcSeven)
			_ = packed.Close()
		}, seven},
		"a compression that is none": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			answer(w, rpcSeven)
		}, want{results.ServerError, "answer cannot be decompressed", ""}},
		"byte order mark":    {"", func(w http.ResponseWriter, _ *http.Request) { answer(w, "\xef\xbb\xbf"+rpcSeven) }, seven},
		"path prefix":        {"/erp", onlyAt("/erp/web/dataset/call_kw/m/f"), seven},
		"path prefix, slash": {"/erp//", onlyAt("/erp/web/dataset/call_kw/m/f"), seven},
		"trailing slash":     {"/", onlyAt("/web/dataset/call_kw/m/f"), seven},
		"redirect to https": {"", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://erp.example.test"+r.URL.Path, http.StatusMovedPermanently)
		}, want{results.ServerError, "redirect to https", ""}},
		"a page of 401": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(401)
			_, _ = io.WriteString(w, "<html>401 Authorization Required")
		}, want{results.Access, "http 401 page", ""}},
		"nginx wants https": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "<html>The plain HTTP request was sent to HTTPS port")
		}, want{results.Refused, "https required", ""}},
	} {
		server := behind(t, c.door)
		for over, transport := range transports(t, server.URL+c.path) {
			client, err := Dial(Tenant{Address: Address{URL: server.URL + c.path}, Timeout: 5 * time.Second}, transport, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := client.Call(t.Context(), "m", "f", nil, "", "")
			if diff := cmp.Diff(c.want, want{a.Outcome, a.Detail, string(a.Result)}); diff != "" {
				t.Errorf("%s over %s: %s", name, over, diff)
			}
			transport.Close()
		}
	}
}

func onlyAt(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, rpcSeven)
	}
}

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

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:8069":                 "http://127.0.0.1:8069",
		"https://erp.example.test/":             "https://erp.example.test",
		"https://erp.example.test/odoo//":       "https://erp.example.test/odoo",
		"http://[::1]:8069":                     "http://[::1]:8069",
		"https://bob:a%23%25%40@erp.test/x":     "https://bob:a%23%25%40@erp.test/x",
		"http://bob:hunter2#x@erp.test":         "url cannot be parsed",
		"http://bob:1#hunter2@erp.test":         "query or a fragment",
		"http://bob:hunter2%zz@erp.test":        "url cannot be parsed",
		"erp.example.test":                      "no scheme",
		"ftp://hunter2@erp.example.test":        "no scheme http",
		"http://":                               "names no host",
		"http://:8069":                          "names no host",
		"http://erp.example.test:":              "empty port",
		"http://erp.example.test:0":             "port 0",
		"http://erp.example.test:70000":         "port 70000",
		"http://erp.example.test:hunter2":       "url cannot be parsed",
		"http://erp.example.test/?db=hunter2":   "query or a fragment",
		"http://bob:hunter2@erp.example.test?a": "query or a fragment",
	} {
		u, err := ParseURL(text)
		switch {
		case strings.HasPrefix(want, "http"):
			if err != nil || u.String() != want {
				t.Errorf("%s: got %v, %v, want %s", text, u, err, want)
			}
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%s: got %v, want an error with %q", text, err, want)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: %q shows the password", text, err)
		}
	}
}

// A load balancer pins sessions by a cookie of its own, and Odoo renews session ids
// in ordinary answers: both come back with the next call.
func TestCookiesAreKept(t *testing.T) {
	var mu sync.Mutex
	var got []string
	session, node := "s1", "n1"
	server := behind(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path+" "+r.Header.Get("Cookie"))
		set := func(name, value string) { w.Header().Add("Set-Cookie", name+"="+value+"; Path=/; Secure; HttpOnly") }
		switch {
		case strings.HasSuffix(r.URL.Path, "/authenticate"):
			set("session_id", session)
			set("route", node)
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":{"uid":2}}`)
		case strings.HasSuffix(r.URL.Path, "/renew"):
			set("session_id", "s2")
			_, _ = io.WriteString(w, rpcSeven)
		case strings.HasSuffix(r.URL.Path, "/expire"):
			set("session_id", "anonymous")
			set("route", "n2")
			_, _ = io.WriteString(w, odootest.ErrorRPC("odoo.http.SessionExpiredException", 100))
		default:
			_, _ = io.WriteString(w, rpcSeven)
		}
	})
	for over, transport := range transports(t, server.URL) {
		got = nil
		c, err := Dial(Tenant{Address: Address{URL: server.URL, Host: "erp.example.test:8443"}, Timeout: 5 * time.Second}, transport, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{"login", "plain", "renew", "plain", "expire", "login"} {
			switch step {
			case "login":
				if a := c.Login(t.Context()); !a.OK() {
					t.Fatal(c.Describe(a))
				}
			default:
				c.Call(t.Context(), "m", step, nil, "", "")
			}
		}
		call := "/web/dataset/call_kw/m/"
		want := []string{
			"/web/session/authenticate ",
			call + "plain session_id=s1; route=n1",
			call + "renew session_id=s1; route=n1",
			call + "plain session_id=s2; route=n1",
			call + "expire session_id=s2; route=n1",
			"/web/session/authenticate route=n2",
		}
		for i := range got { // a jar orders cookies by their age
			path, header, _ := strings.Cut(got[i], " ")
			if a, b, two := strings.Cut(header, "; "); two && strings.HasPrefix(a, "route") {
				header = b + "; " + a
			}
			got[i] = path + " " + header
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", over, diff)
		}
		transport.Close()
	}
}

// A call that was sent with a session from before a renewal does not end the new one.
func TestOldSessionDoesNotEndTheNew(t *testing.T) {
	s := NewSession(Tenant{Address: Address{URL: "http://erp.test"}})
	s.cookies.keep("/web/x", []string{"session_id=new; Path=/"}, results.OK)
	s.open.Store(true)
	if s.lose("old"); !s.Open() {
		t.Error("the session is lost, though the refused id was an old one")
	}
	if s.lose("new"); s.Open() {
		t.Error("the session is open, though its id was refused")
	}
}

// The database of a JSON-2 call is named, and of no other: with the header Odoo keeps
// no session.
func TestDatabaseHeader(t *testing.T) {
	for api, want := range map[API]string{JSON2: "main", RPC: "", External: ""} {
		var got string
		server := behind(t, func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("X-Odoo-Database")
			_, _ = io.WriteString(w, "7")
		})
		for _, transport := range transports(t, server.URL) {
			c, err := Dial(Tenant{Address: Address{URL: server.URL, Database: "main"}, API: api, Key: "k"}, transport, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.Call(t.Context(), "m", "f", nil, "", ""); got != want {
				t.Errorf("%s: database %q, want %q", api, got, want)
			}
			transport.Close()
		}
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

// Over TLS the tenant's Host is the server's name. The certificate must be trusted and
// valid for that name, and each refusal names its cause.
func TestCertificates(t *testing.T) {
	var asked string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "s", Path: "/"})
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":{"uid":2}}`)
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		asked = hello.ServerName
		return nil, nil // the server's own configuration
	}}
	server.StartTLS()
	defer server.Close()
	plain := behind(t, func(http.ResponseWriter, *http.Request) {})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // for example.com and 127.0.0.1
	known := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	for name, c := range map[string]struct {
		url, host string
		config    *tls.Config
		outcome   results.Outcome
		want      string // in the message
		sni       string
	}{
		"unknown":       {server.URL, "example.com", nil, results.Refused, "certificate signed by unknown authority; name the authority's certificate in the tenant's caFile", "example.com"},
		"known":         {server.URL, "example.com:8443", known, results.OK, "", "example.com"},
		"another name":  {server.URL, "erp.test", known, results.Refused, `check host "erp.test": the certificate is for another name`, "erp.test"},
		"not looked at": {server.URL, "erp.test", &tls.Config{InsecureSkipVerify: true}, results.OK, "", "erp.test"}, // what is tested
		"by address":    {server.URL, "", known, results.OK, "", ""},
		"http there":    {strings.Replace(plain.URL, "http", "https", 1), "", nil, results.Refused, "the server speaks http there", ""},
	} {
		asked = ""
		standard, err := NewStandard(c.url, nil, serverName(Tenant{Address: Address{Host: c.host}}, c.config))
		if err != nil {
			t.Fatal(err)
		}
		fast, err := NewFast(c.url, nil, serverName(Tenant{Address: Address{Host: c.host}}, c.config))
		if err != nil {
			t.Fatal(err)
		}
		for over, transport := range map[string]Transport{"standard": standard, "fast": fast} {
			client, err := Dial(Tenant{Address: Address{URL: c.url, Host: c.host}, Timeout: 5 * time.Second}, transport, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := client.Login(t.Context())
			text := fmt.Sprint(client.Describe(a))
			if a.Outcome != c.outcome || !strings.Contains(text, c.want) || asked != c.sni {
				t.Errorf("%s over %s: server name %q, %s, want %q, %s with %q", name, over, asked, text, c.sni, c.outcome, c.want)
			}
			transport.Close()
		}
	}
}

// Where the environment names a proxy, calls go through it; loopback never does.
func TestProxyFromTheEnvironment(t *testing.T) {
	var through string
	proxy := behind(t, func(w http.ResponseWriter, r *http.Request) {
		through = r.URL.String()
		_, _ = io.WriteString(w, rpcSeven)
	})
	t.Setenv("HTTP_PROXY", proxy.URL)
	c := dialed(t, Tenant{Address: Address{URL: "http://erp.example.test:8069/odoo/"}}, nil)
	if a := c.Call(t.Context(), "m", "f", nil, "", ""); !a.OK() || through != "http://erp.example.test:8069/odoo/web/dataset/call_kw/m/f" {
		t.Errorf("through the proxy: %q, %v", through, a.Err())
	}
	through = ""
	direct := behind(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, rpcSeven) })
	c = dialed(t, Tenant{Address: Address{URL: direct.URL}}, nil)
	if a := c.Call(t.Context(), "m", "f", nil, "", ""); !a.OK() || through != "" {
		t.Errorf("loopback: %q, %v", through, a.Err())
	}
}
