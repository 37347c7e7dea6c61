package odoo

import (
	"compress/gzip"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
