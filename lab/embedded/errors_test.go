package embedded

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab/embedded/server"
)

// The shapes of errors, as found on Odoo 19.
func TestErrorShapes(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	order, _ := r.confirmed(r.product(5), 1)

	again := r.rpc("sale.order", "action_confirm", nil, []int64{order})
	if again.status != 200 || again.code != 200 || again.err.Name != "odoo.exceptions.UserError" ||
		again.err.Message != "Some orders are not in a state requiring confirmation." {
		t.Errorf("rpc user error: got %d %s", again.status, again.body)
	}
	for name, c := range map[string]struct {
		model, method string
		body          object
		status        int
		exception     string
	}{
		"user error":     {"sale.order", "action_confirm", object{"ids": []int64{order}}, 422, "odoo.exceptions.UserError"},
		"missing record": {"sale.order", "action_confirm", object{"ids": []int64{999999}}, 404, "odoo.exceptions.MissingError"},
		"unknown model":  {"no.such", "read", object{}, 404, "werkzeug.exceptions.NotFound"},
		"unknown method": {"sale.order", "no_such", object{}, 404, "werkzeug.exceptions.NotFound"},
		"private method": {"sale.order", "_create", object{}, 403, "odoo.exceptions.AccessError"},
		"unknown field":  {"sale.order", "search_read", object{"fields": []string{"no_such"}}, 500, "builtins.ValueError"},
		"bad arguments":  {"sale.order", "search_read", object{"domain": "nonsense"}, 422, "builtins.TypeError"},
		"no permission":  {"account.journal", "create", object{"vals_list": []any{object{}}}, 403, "odoo.exceptions.AccessError"},
		"missing partner": {"sale.order", "create",
			object{"vals_list": []any{object{"partner_id": 999999}}}, 404, "odoo.exceptions.MissingError"},
	} {
		a := r.json2(c.model, c.method, c.body)
		if a.status != c.status || a.err.Name != c.exception || a.err.Message == "" {
			t.Errorf("%s: got %d %s, want %d %s", name, a.status, a.body, c.status, c.exception)
		}
	}
	bad := r.post("/json/2/sale.order/read", object{}, map[string]string{"Authorization": "bearer wrong"})
	if bad.status != http.StatusUnauthorized || !strings.Contains(bad.body, "werkzeug.exceptions.Unauthorized") {
		t.Errorf("wrong key: got %d %s", bad.status, bad.body)
	}
	login := r.post("/web/session/authenticate",
		object{"params": map[string]string{"db": r.database, "login": "load01", "password": "wrong"}}, nil)
	if login.status != 200 || !strings.Contains(login.body, "odoo.exceptions.AccessDenied") {
		t.Errorf("wrong password: got %d %s", login.status, login.body)
	}
	r.cookie = "session_id=unknown"
	if a := r.rpc("sale.order", "read", nil, []int64{order}); a.status != 200 || a.code != 100 ||
		a.err.Name != "odoo.http.SessionExpiredException" {
		t.Errorf("unknown session: got %d %s", a.status, a.body)
	}
	r.database = "nobody"
	if a := r.json2("sale.order", "read", object{}); !noDatabase(a) {
		t.Errorf("unknown host: got %d %s", a.status, a.body)
	}
}

// noDatabase is Odoo's page while it has no database.
func noDatabase(a answer) bool {
	return a.status == http.StatusNotFound && strings.HasPrefix(a.kind, "text/html") &&
		strings.Contains(a.body, "No database is selected")
}

// A conflict is tried again inside the worker; the client sees a longer call.
func TestConflictIsRetried(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(10)
	order := r.order(product, 1)
	if a := r.conflict(product, func() answer {
		return r.json2("sale.order", "action_confirm", object{"ids": []int64{order}})
	}); a.status != 200 {
		t.Errorf("confirm after a conflict: got %d %s", a.status, a.body)
	}
	if got := sql[float64](r, `select reserved_quantity from stock_quant
		where product_id = $1 and location_id = 8`, product); got != 1 {
		t.Errorf("reserved: got %g, want 1", got)
	}
}

// conflict makes the call wait for a change of the product's quant that then
// commits: a serialization failure on the first try.
func (r *target) conflict(product int64, call func() answer) answer {
	r.t.Helper()
	tx, err := r.db.Begin(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := tx.Exec(r.t.Context(), "update stock_quant set in_date = in_date where product_id = $1", product); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan answer, 1)
	go func() { done <- call() }()
	r.waitsForLock(1)
	if err := tx.Commit(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	return <-done
}

// waitsForLock waits until so many sessions of the database wait for a lock.
func (r *target) waitsForLock(n int) {
	r.t.Helper()
	err := eventually.Within(time.Minute, func() error {
		// Inside a transaction the view shows a snapshot unless it is cleared.
		if _, err := r.db.Exec(r.t.Context(), "select pg_stat_clear_snapshot()"); err != nil {
			return err
		}
		if got := sql[int](r, `select count(*) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`); got < n {
			return errTooFew
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// One order confirmed by six at once: one does it, five get an error. Six
// invoices posted at once: all, with six numbers.
func TestRaces(t *testing.T) {
	r := newTarget(t, func(c *server.Config) { c.Workers = 6 })
	product := r.product(100)
	order := r.order(product, 1)
	count := map[int]int{}
	for _, a := range r.together(6, func(int) answer {
		return r.json2("sale.order", "action_confirm", object{"ids": []int64{order}})
	}) {
		count[a.status]++
	}
	if count[200] != 1 || count[422] != 5 {
		t.Errorf("confirm by six: got %v, want 200 once, 422 five times", count)
	}
	var invoices []int64
	for range 6 {
		id, _ := r.confirmed(product, 1)
		r.invoice(id)
		invoices = append(invoices, sql[int64](r, "select max(id) from account_move"))
	}
	for _, a := range r.together(6, func(i int) answer {
		return r.json2("account.move", "action_post", object{"ids": []int64{invoices[i]}})
	}) {
		// After five tries Odoo gives up too, with this error.
		if a.status != 200 && a.err.Name != "psycopg2.errors.SerializationFailure" {
			t.Errorf("post: got %d %s", a.status, a.body)
		}
	}
	posted := sql[int](r, "select count(*) from account_move where state = 'posted'")
	last := sql[int](r, "select last_number from account_journal where id = 1")
	if posted == 0 || posted != last {
		t.Errorf("%d posted, last number %d: want the same and some", posted, last)
	}
}

func (r *target) together(n int, call func(int) answer) []answer {
	done := make(chan answer)
	for i := range n {
		go func() { done <- call(i) }()
	}
	all := make([]answer, n)
	for i := range all {
		all[i] = <-done
	}
	return all
}
