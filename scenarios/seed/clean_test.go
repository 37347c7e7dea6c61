package seed

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

// shop is a server with some documents of a run, one of which Odoo keeps.
func shop(t *testing.T, documents map[string]int, kept int64) *odootest.Server {
	t.Helper()
	server := odootest.New()
	t.Cleanup(server.Close)
	ids := regexp.MustCompile(`\[\[?([0-9, ]+)\]`)
	server.Answer = func(w http.ResponseWriter, c odootest.Call) bool {
		switch {
		case c.Method == "search_read" && strings.Contains(c.Body, "RUN-"):
			var all []string
			for i := range documents[c.Model] {
				all = append(all, fmt.Sprintf(`{"id":%d}`, i+1))
			}
			answer(w, `[`+strings.Join(all, ",")+`]`)
		case c.Method == "unlink":
			found := ids.FindStringSubmatch(c.Body)
			if found != nil && strings.Contains(", "+found[1]+",", fmt.Sprintf(" %d,", kept)) ||
				found != nil && strings.Contains(","+found[1]+",", fmt.Sprintf(",%d,", kept)) {
				answerError(w)
				return true
			}
			answer(w, "true")
		default:
			return false
		}
		return true
	}
	return server
}

func answer(w http.ResponseWriter, result string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":null,"result":%s}`, result)
}

func answerError(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"jsonrpc":"2.0","id":null,"error":{"code":200,"message":"Odoo Server Error",`+
		`"data":{"name":"odoo.exceptions.UserError","message":"it has moved"}}}`)
}

// Documents are removed in batches. One that Odoo keeps is found in few calls, is reported
// and archived, and its stock is set to 0. Nothing is called cleaned that was not.
func TestClean(t *testing.T) {
	server := shop(t, map[string]int{"product.product": 100}, 57)
	var said []string
	tenant := wire.Tenant{Tenant: results.Tenant{Name: "acme"}, Address: odoo.Address{URL: server.URL, Database: "main"}, Logins: []string{"u"}, Password: odootest.Password, Version: 19}
	stays, err := Clean(t.Context(), []wire.Tenant{tenant}, "RUN", lines.Logger(func(line string) { said = append(said, line) }))
	if err != nil {
		t.Fatal(err)
	}
	want := "acme: 1 of 100 products stay (moved); their stock is set to 0; they are archived"
	if len(stays) != 1 || stays[0] != want {
		t.Errorf("stays %q, want %q", stays, want)
	}
	if got := strings.Join(said, "\n"); got != "acme: 99 of 100 documents removed" {
		t.Errorf("it logs %q", got)
	}
	unlinks := 0
	for _, c := range server.Calls() {
		if c.Method == "unlink" {
			unlinks++
		}
	}
	if unlinks > 20 {
		t.Errorf("%d calls to remove 100 documents", unlinks)
	}
}

// A tenant that cannot be reached is not reported as clean.
func TestCleanThatFails(t *testing.T) {
	server := odootest.New()
	server.Close()
	var said []string
	tenant := wire.Tenant{Tenant: results.Tenant{Name: "acme"}, Address: odoo.Address{URL: server.URL, Database: "main"}, Logins: []string{"u"}, Password: "p", Version: 19}
	_, err := Clean(t.Context(), []wire.Tenant{tenant}, "RUN", lines.Logger(func(line string) { said = append(said, line) }))
	if err == nil || len(said) != 1 || !strings.HasPrefix(said[0], "acme: not cleaned") {
		t.Errorf("got %v, it logs %q", err, said)
	}
}

// An API key alone is enough where only JSON-2 is offered.
func TestConnectWithAKeyAlone(t *testing.T) {
	server := odootest.New()
	t.Cleanup(server.Close)
	tenant := wire.Tenant{Tenant: results.Tenant{Name: "acme"}, Address: odoo.Address{URL: server.URL, Database: "main"}, Logins: []string{"u"}, APIKeys: []secret.Text{"key"}}
	client, leave, err := Connect(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if client.Tenant().API != odoo.JSON2 {
		t.Errorf("it speaks %q", client.Tenant().API)
	}
}
