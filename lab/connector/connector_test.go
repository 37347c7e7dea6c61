package connector

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/odoo"
)

func TestLoadConfigNamesEveryProblem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connector.json")
	if err := os.WriteFile(path, []byte(`{"timeout":-1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadConfig(path)
	for _, want := range []string{"redis is not set", "carrier is not set", "no tenants", "must not be negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
}

func TestLoadConfigFillsIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connector.json")
	raw, err := json.Marshal(Config{Redis: "redis://r", Carrier: "http://c", Tenants: []Tenant{{Address: odoo.Address{Database: "t1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadConfig(path)
	want := Config{Redis: "redis://r", Carrier: "http://c", Tenants: []Tenant{{Address: odoo.Address{Database: "t1"}}},
		Consumers: 1, Timeout: 10 * time.Second, Retry: 500 * time.Millisecond}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseJob(t *testing.T) {
	whole := func() map[string]any {
		return map[string]any{"db": "t1", "picking": "7", "reference": "WH/OUT/00001", "outbox": "3"}
	}
	got, err := parseJob(redis.XMessage{ID: "1-0", Values: whole()})
	want := job{entry: "1-0", database: "t1", picking: 7, reference: "WH/OUT/00001", outbox: 3}
	if got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got.key() != "t1/WH/OUT/00001" {
		t.Errorf("key: got %q, want database and reference", got.key())
	}
	for _, field := range []string{"db", "picking", "reference", "outbox"} {
		values := whole()
		delete(values, field)
		if _, err := parseJob(redis.XMessage{ID: "1-0", Values: values}); err == nil {
			t.Errorf("an entry without %s was taken for a job", field)
		}
	}
}

// odooAnswering is a connector whose Odoo gives one answer; the carrier is ours.
func odooAnswering(t *testing.T, status int, body string) (c *connector, seen *http.Request, posted *string) {
	t.Helper()
	seen, posted = &http.Request{}, new(string)
	odoo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		*seen, *posted = *r, string(raw)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(odoo.Close)
	labels := httptest.NewServer(carrier.New(1))
	t.Cleanup(labels.Close)
	return &connector{
		config: Config{Carrier: labels.URL},
		http:   http.DefaultClient,
		owners: map[string]Tenant{"t1": owner(odoo.URL)},
		log:    slog.New(slog.DiscardHandler),
	}, seen, posted
}

func TestLabelIsTheSameWhenAskedAgain(t *testing.T) {
	c, _, _ := odooAnswering(t, http.StatusOK, "true")
	j := job{database: "t1", reference: "WH/OUT/00001"}
	first, err := c.label(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.label(t.Context(), j)
	if err != nil || first != second || first == "" {
		t.Errorf("got %q then %q, %v; want one label", first, second, err)
	}
}

func TestWriteBack(t *testing.T) {
	j := job{database: "t1", picking: 7, reference: "WH/OUT/00001"}
	c, seen, posted := odooAnswering(t, http.StatusOK, "true")
	if err := c.writeBack(t.Context(), j, "HL1"); err != nil {
		t.Fatal(err)
	}
	if seen.Host != "t1.localhost" || seen.URL.Path != "/json/2/stock.picking/write" ||
		seen.Header.Get("Authorization") != "bearer k" || *posted != `{"ids":[7],"vals":{"carrier_tracking_ref":"HL1"}}` {
		t.Errorf("Odoo was asked %s %s with %q: %s", seen.Host, seen.URL.Path, seen.Header.Get("Authorization"), *posted)
	}
	cases := []struct {
		name   string
		status int
		body   string
		fails  bool
	}{
		{"no such transfer: nothing to retry", 404, `{"name":"odoo.exceptions.MissingError"}`, false},
		{"no database: Odoo is not well", 404, "No database is selected", true},
		{"gateway", 502, "", true},
		{"server error", 500, `{"name":"psycopg2.InterfaceError"}`, true},
	}
	for _, one := range cases {
		c, _, _ := odooAnswering(t, one.status, one.body)
		if err := c.writeBack(t.Context(), j, "HL1"); (err != nil) != one.fails {
			t.Errorf("%s: got %v", one.name, err)
		}
	}
}

// Where there is no JSON-2 the number goes through /jsonrpc, whose errors have status 200.
func TestWriteBackExternally(t *testing.T) {
	j := job{database: "t1", picking: 7, reference: "WH/OUT/00001"}
	for name, one := range map[string]struct {
		status int
		body   string
		fails  bool
	}{
		"done":                               {200, `{"jsonrpc":"2.0","id":null,"result":true}`, false},
		"no such transfer: nothing to retry": {200, `{"error":{"code":200,"data":{"name":"odoo.exceptions.MissingError"}}}`, false},
		"refused":                            {200, `{"error":{"code":200,"data":{"name":"odoo.exceptions.AccessError"}}}`, true},
		"no result":                          {200, `{"jsonrpc":"2.0","id":null}`, true},
		"gateway":                            {502, "", true},
		"a page where JSON was expected":     {200, "<html>", true},
	} {
		c, seen, posted := odooAnswering(t, one.status, one.body)
		tenant := c.owners["t1"]
		tenant.User = 9
		c.owners["t1"] = tenant
		if err := c.writeBack(t.Context(), j, "HL1"); (err != nil) != one.fails {
			t.Errorf("%s: got %v", name, err)
		}
		want := `{"jsonrpc":"2.0","method":"call","params":{"args":["t1",9,"k","stock.picking","write",[[7],{"carrier_tracking_ref":"HL1"}]],` +
			`"method":"execute_kw","service":"object"}}`
		if seen.URL.Path != "/jsonrpc" || seen.Host != "t1.localhost" || *posted != want {
			t.Errorf("%s: Odoo was asked %s at %s: %s", name, seen.URL.Path, seen.Host, *posted)
		}
	}
}

// owner is the tenant t1 with its Odoo at a URL.
func owner(url string) Tenant {
	return Tenant{Address: odoo.Address{URL: url, Host: "t1.localhost", Database: "t1"}, Key: "k"}
}
