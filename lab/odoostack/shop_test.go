//go:build odoo

package odoostack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"example.org/odooharness/lab"
)

// shop is a tenant's web client: plain HTTP through the ingress, with a session.
type shop struct {
	t      *testing.T
	access lab.Access
	client *http.Client
}

// sale is what one flow left behind.
type sale struct {
	Order, Picking, Invoice int
	Name                    string // of the picking
}

func newShop(t *testing.T, access lab.Access) *shop {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, access: access, client: &http.Client{Jar: jar}}
	var answer struct{ UID int }
	s.rpc("/web/session/authenticate", map[string]any{
		"db": access.Database, "login": access.Logins[0], "password": access.Password}, &answer)
	if answer.UID == 0 {
		t.Fatalf("%s: no login as %s", access.Name, access.Logins[0])
	}
	return s
}

// send posts JSON to the tenant and returns status and body.
func (s *shop) send(path, key string, body any) (int, []byte) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.access.URL+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = s.access.Host
	req.Header.Set("Content-Type", "application/json")
	client := s.client
	if key != "" {
		req.Header.Set("Authorization", "bearer "+key)
		client = &http.Client{} // a key needs no cookie
	}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// rpc calls a JSON-RPC route and fails on any error in the answer.
func (s *shop) rpc(path string, params any, into any) {
	s.t.Helper()
	status, raw := s.send(path, "", map[string]any{"jsonrpc": "2.0", "params": params})
	var answer struct{ Result, Error json.RawMessage }
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Error != nil {
		s.t.Fatalf("%s %s: status %d, %v: %.1500s", s.access.Name, path, status, err, raw)
	}
	if into == nil || answer.Result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result, into); err != nil {
		s.t.Fatalf("%s %s: %v: %.500s", s.access.Name, path, err, answer.Result)
	}
}

// call is call_kw.
func (s *shop) call(model, method string, into any, kwargs map[string]any, args ...any) {
	s.t.Helper()
	if kwargs == nil {
		kwargs = map[string]any{}
	}
	if args == nil {
		args = []any{}
	}
	s.rpc(fmt.Sprintf("/web/dataset/call_kw/%s/%s", model, method),
		map[string]any{"model": model, "method": method, "args": args, "kwargs": kwargs}, into)
}

func (s *shop) create(model string, values map[string]any, context map[string]any) int {
	s.t.Helper()
	var ids []int
	s.call(model, "create", &ids, map[string]any{"context": context}, []any{values})
	return ids[0]
}

// reserve makes stock and a confirmed order for it.
func (s *shop) reserve() sale {
	s.t.Helper()
	product := s.create("product.product", map[string]any{"name": "box", "type": "consu", "is_storable": true,
		"list_price": 10, "invoice_policy": "order"}, map[string]any{})
	var locations []int
	s.call("stock.location", "search", &locations, map[string]any{"limit": 1}, []any{[]any{"usage", "=", "internal"}})
	quant := s.create("stock.quant", map[string]any{"product_id": product, "location_id": locations[0],
		"inventory_quantity": 5}, map[string]any{"inventory_mode": true})
	s.call("stock.quant", "action_apply_inventory", nil, nil, []int{quant})
	partner := s.create("res.partner", map[string]any{"name": "buyer"}, map[string]any{})
	out := sale{Order: s.create("sale.order", map[string]any{"partner_id": partner, "order_line": []any{
		[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": 2}}}}, map[string]any{})}
	s.call("sale.order", "action_confirm", nil, nil, []int{out.Order})
	var pickings []struct {
		ID          int
		Name, State string
	}
	s.call("stock.picking", "search_read", &pickings, map[string]any{"fields": []string{"name", "state"}},
		[]any{[]any{"sale_id", "=", out.Order}})
	if len(pickings) != 1 || pickings[0].State != "assigned" {
		s.t.Fatalf("%s: the order's pickings are %+v, want one that is assigned", s.access.Name, pickings)
	}
	out.Picking, out.Name = pickings[0].ID, pickings[0].Name
	return out
}

func (s *shop) ship(sales ...sale) {
	s.t.Helper()
	for _, one := range sales {
		s.call("stock.picking", "button_validate", nil, nil, []int{one.Picking})
	}
}

// invoice makes and posts the order's invoice.
func (s *shop) invoice(one sale) sale {
	s.t.Helper()
	wizard := s.create("sale.advance.payment.inv", map[string]any{"advance_payment_method": "delivered",
		"sale_order_ids": []any{[]any{6, 0, []int{one.Order}}}, "consolidated_billing": false}, map[string]any{})
	var action struct {
		ID int `json:"res_id"`
	}
	s.call("sale.advance.payment.inv", "create_invoices", &action, nil, []int{wizard})
	s.call("account.move", "action_post", nil, nil, []int{action.ID})
	one.Invoice = action.ID
	return one
}

// field reads one field of one record as JSON text.
func (s *shop) field(model string, id int, field string) string {
	s.t.Helper()
	var rows []map[string]json.RawMessage
	s.call(model, "read", &rows, nil, []int{id}, []string{field})
	if len(rows) != 1 {
		s.t.Fatalf("%s: %s %d is not there", s.access.Name, model, id)
	}
	return string(rows[0][field])
}
