package odoo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// transports are both, to one server.
func transports(t *testing.T, url string) map[string]Transport {
	t.Helper()
	standard, err := NewStandard(url, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	fast, err := NewFast(url, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Transport{"standard": standard, "fast": fast}
}

// each runs a test with both APIs over both transports.
func each(t *testing.T, server *odootest.Server, test func(*testing.T, *Client)) {
	t.Helper()
	for _, api := range []API{RPC, JSON2} {
		for name, transport := range transports(t, server.URL) {
			t.Run(string(api)+"/"+name, func(t *testing.T) {
				defer transport.Close()
				c, err := Dial(Tenant{
					Address: Address{URL: server.URL, Host: "t1.localhost", Database: "t1"}, Login: "load01", Password: odootest.Password, Key: "k",
					API: api, Timeout: 5 * time.Second,
				}, transport, nil)
				if err != nil {
					t.Fatal(err)
				}
				if a := c.Login(t.Context()); !a.OK() {
					t.Fatal(a.Err())
				}
				test(t, c)
			})
		}
	}
}

func TestOperations(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	each(t, server, func(t *testing.T, c *Client) {
		ctx := t.Context()
		id, a := c.CreateOrder(ctx, Order{Partner: 7, Ref: `r"1`, Lines: []Line{{Product: 3, Quantity: 1.5}}})
		if !a.OK() || id == 0 {
			t.Fatalf("order: %d %v", id, a.Err())
		}
		pickings, a := c.Pickings(ctx, id)
		if !a.OK() || len(pickings) != 1 || pickings[0].Order != id || pickings[0].State != "assigned" {
			t.Fatalf("pickings: %+v %v", pickings, a.Err())
		}
		invoices, a := c.Invoice(ctx, id, id+1)
		if diff := cmp.Diff([]InvoiceRef{{71, "r-71"}, {72, "r-72"}}, invoices); diff != "" || !a.OK() {
			t.Errorf("invoice: %s %v", diff, a.Err())
		}
		purchase, a := c.CreatePurchase(ctx, Purchase{Partner: 7, Ref: "p1", Lines: []Line{{3, 2}}, Price: 10})
		if !a.OK() {
			t.Errorf("purchase: %v", a.Err())
		}
		lines, a := c.MoveLines(ctx, pickings[0].ID)
		if !a.OK() || len(lines) != 2 {
			t.Errorf("move lines: %v %v", lines, a.Err())
		}
		for name, a := range map[string]Answer{
			"confirm": c.Confirm(ctx, id), "reserve": c.Reserve(ctx, 1), "scan": c.Scan(ctx, 1, lines...), "ship": c.Ship(ctx, 1),
			"partial": c.ShipPartial(ctx, 1), "receive": c.Receive(ctx, purchase), "post": c.Post(ctx, 71), "pay": c.Pay(ctx, 71),
		} {
			if !a.OK() {
				t.Errorf("%s: %v", name, a.Err())
			}
		}
		imported, a := c.Import(ctx, "product.product", []string{"name"}, [][]string{{"a"}, {"b"}})
		if !a.OK() || len(imported) != 2 {
			t.Errorf("import: %v %v", imported, a.Err())
		}
		for name, r := range Reports() {
			if n, a := c.Report(ctx, r); !a.OK() || n != 3 {
				t.Errorf("report %s: %d %v", name, n, a.Err())
			}
		}
		if n, a := c.Stock(ctx, 1, 2, 3); !a.OK() || n != 3 {
			t.Errorf("stock: %d %v", n, a.Err())
		}
		if a := c.Call(ctx, "res.partner", "create", nil, `"vals_list":[{"name":"x"}]`, ""); !a.OK() {
			t.Errorf("call: %v", a.Err())
		}
	})
	for _, c := range server.Calls() {
		if !json.Valid([]byte(c.Body)) {
			t.Errorf("%s.%s: body is no json: %s", c.Model, c.Method, c.Body)
		}
		if c.Host != "t1.localhost" {
			t.Errorf("%s.%s: host %q, want the tenant's", c.Model, c.Method, c.Host)
		}
	}
}

// The same call in the form of each API, and in the words of each version.
func TestBodies(t *testing.T) {
	c := func(api API, major int) *Client {
		client, err := Dial(Tenant{API: api, Dialect: Dialect{Major: major}}, &Standard{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	recorder := func(c *Client, do func(*Client)) string {
		c.transport = recording{}
		do(c)
		return string(c.exchange.Body)
	}
	scan := func(c *Client) { c.Scan(t.Context(), 2, 5, 6) }
	for want, got := range map[string]string{
		`{"jsonrpc":"2.0","method":"call","params":{"model":"stock.move.line","method":"write","args":[[5,6]],` +
			`"kwargs":{"vals":{"quantity":2,"picked":true}}}}`: recorder(c(RPC, 19), scan),
		`{"ids":[5,6],"vals":{"quantity":2,"picked":true}}`: recorder(c(JSON2, 19), scan),
		`{"jsonrpc":"2.0","method":"call","params":{"model":"stock.move.line","method":"write","args":[[5,6]],` +
			`"kwargs":{"vals":{"qty_done":2}}}}`: recorder(c(RPC, 16), scan),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	report := recorder(c(RPC, 18), func(c *Client) { c.Report(t.Context(), Reports()["sales"]) })
	if !strings.Contains(report, `"method":"read_group"`) || !strings.Contains(report, `"lazy":false`) {
		t.Errorf("report of 18: %s", report)
	}
	if _, err := Dial(Tenant{API: JSON2, Dialect: Dialect{Major: 17}}, nil, nil); err == nil {
		t.Error("json2 was accepted for 17")
	}
	if _, err := Dial(Tenant{API: "xmlrpc", Dialect: Dialect{Major: 13}}, nil, nil); err == nil ||
		!strings.Contains(err.Error(), "xmlrpc") || !strings.Contains(err.Error(), "13") {
		t.Errorf("want both problems, got %v", err)
	}
}

// recording answers every exchange with an empty list.
type recording struct{}

func (recording) Do(_ context.Context, x *Exchange) error {
	x.Status, x.Answer = 200, []byte(`{"result":[]}`)
	return nil
}
func (recording) Close() {}

func TestAppendStringIsJSON(t *testing.T) {
	for _, s := range []string{"", "plain", `quote " and \`, "line\nbreak\ttab\r", "\x00\x1f", "Zürich — 東京 🚚"} {
		var back string
		if err := json.Unmarshal(AppendString(nil, s), &back); err != nil || back != s {
			t.Errorf("%q came back as %q, %v", s, back, err)
		}
	}
}

func TestLoginSaysWhatIsWrong(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	c, err := Dial(Tenant{Address: Address{URL: server.URL, Database: "t1"}, Login: "load01", Password: "wrong"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := c.Login(t.Context())
	if a.Outcome != results.Access {
		t.Errorf("got %s, want access", a.Outcome)
	}
	if text := c.Describe(a).Error(); !strings.Contains(text, `password of "load01"`) || strings.Contains(text, "wrong;") {
		t.Errorf("message %q", text)
	}
	v, err := c.Version(t.Context())
	if err != nil || v.Major != 19 {
		t.Errorf("version %+v, %v", v, err)
	}
	for text, want := range map[string]int{"19.0": 19, "saas~17.2": 17, "saas-18.1": 18, "16.0+e-20240101": 16, "x": 0} {
		if got, _ := majorOf(text); got != want {
			t.Errorf("major of %q: got %d, want %d", text, got, want)
		}
	}
}

// Many users of a lost session log in once.
func TestLostSessionIsOpenedOnce(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	var lost atomic.Bool
	server.Answer = func(w http.ResponseWriter, _ odootest.Call) bool {
		if !lost.Load() {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write([]byte(odootest.ErrorRPC("odoo.http.SessionExpiredException", 100)))
		return err == nil
	}
	tenant := Tenant{Address: Address{URL: server.URL}, Password: odootest.Password}
	session := NewSession(tenant)
	first, err := Dial(tenant, nil, session)
	if err != nil {
		t.Fatal(err)
	}
	if a := first.Login(t.Context()); !a.OK() {
		t.Fatal(a.Err())
	}
	lost.Store(true)
	if a := first.Confirm(t.Context(), 1); a.Outcome != results.SessionLost || session.Open() {
		t.Fatalf("got %s, session open %v", a.Outcome, session.Open())
	}
	lost.Store(false)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			c, err := Dial(tenant, nil, session)
			if err != nil {
				t.Error(err)
				return
			}
			if a := c.Login(t.Context()); !a.OK() {
				t.Error(a.Err())
			}
		})
	}
	wait.Wait()
	if !session.Open() {
		t.Error("session is not open after the log-in")
	}
}

// A server that takes a request and closes without an answer has perhaps done it:
// the request must not be sent again.
func TestNoSilentRetry(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int32
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			for n := 0; ; n++ {
				if _, err := conn.Read(buf); err != nil {
					break
				}
				requests.Add(1)
				if n > 0 { // the second request on a kept connection gets no answer
					break
				}
				body := `{"jsonrpc":"2.0","result":true}`
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n" + body))
			}
			_ = conn.Close()
		}
	})
	url := "http://" + listener.Addr().String()
	for name, transport := range transports(t, url) {
		requests.Store(0)
		c, err := Dial(Tenant{Timeout: 5 * time.Second}, transport, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Confirm(t.Context(), 1); !a.OK() {
			t.Fatalf("%s: %v", name, a.Err())
		}
		if a := c.Confirm(t.Context(), 1); a.Outcome != results.Reset {
			t.Errorf("%s: got %s %s, want reset", name, a.Outcome, a.Detail)
		}
		if got := requests.Load(); got != 2 {
			t.Errorf("%s: %d requests were sent, want 2", name, got)
		}
		transport.Close()
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
}

// Connections that the server closed while they were idle cost no error: nothing
// had been sent on them.
func TestStaleConnectionIsReplaced(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	fast, err := NewFast(server.URL, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	c, err := Dial(Tenant{Password: odootest.Password, Timeout: 5 * time.Second}, fast, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if a := c.Confirm(t.Context(), 1); !a.OK() {
			t.Fatalf("%s: %s", a.Outcome, a.Detail)
		}
		server.CloseClientConnections()
	}
}

func TestTimeout(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	server.Stall(2 * time.Second)
	for name, transport := range transports(t, server.URL) {
		c, err := Dial(Tenant{Timeout: 50 * time.Millisecond}, transport, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Confirm(t.Context(), 1); a.Outcome != results.Timeout {
			t.Errorf("%s: got %s %s, want timeout", name, a.Outcome, a.Detail)
		}
		transport.Close()
	}
}

// Over TLS the server sends session tickets without a request. They do not end the
// connection.
func TestFastOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","result":true}`))
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	fast, err := NewFast(server.URL, nil, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	c, err := Dial(Tenant{Timeout: 5 * time.Second}, fast, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if a := c.Confirm(t.Context(), 1); !a.OK() {
			t.Errorf("%s: %s", a.Outcome, a.Detail)
		}
	}
}
