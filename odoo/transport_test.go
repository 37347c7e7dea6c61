package odoo

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/results"
)

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
