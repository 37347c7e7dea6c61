package odoo

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

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
