package embedded

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One order on its whole way, with the books and the stock after each step.
func TestOrderToPayment(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(10)
	order, picking := r.confirmed(product, 4)
	stock := func(want string) {
		t.Helper()
		got := sql[string](r, `select quantity || ' ' || reserved_quantity from stock_quant
			where product_id = $1 and location_id = 8`, product)
		if got != want {
			t.Errorf("on hand and reserved: got %s, want %s", got, want)
		}
	}
	stock("10 4")
	lines := must[[]struct {
		ID       int64
		Quantity float64
	}](r, "stock.move.line", "search_read",
		object{"domain": []any{[]any{"picking_id", "=", picking}}, "fields": []string{"quantity"}})
	if len(lines) != 1 || lines[0].Quantity != 4 {
		t.Fatalf("move lines: %+v, want one of 4", lines)
	}
	must[bool](r, "stock.move.line", "write", object{"ids": []int64{lines[0].ID}, "vals": object{"quantity": 4, "picked": true}})
	must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{picking}})
	stock("6 0")
	must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{picking}}) // again: nothing happens
	stock("6 0")
	if got := sql[float64](r, "select sum(quantity) from stock_quant where product_id = $1", product); got != 0 {
		t.Errorf("stock over all locations: got %g, want 0", got)
	}
	if got := sql[string](r, `select reference || ' ' || state from harness_outbox
		where picking_id = $1`, picking); got != "WH/OUT/00001 pending" {
		t.Errorf("outbox: got %s", got)
	}

	a := r.invoice(order)
	var action struct {
		ID int64 `json:"res_id"`
	}
	if err := json.Unmarshal(a.result, &action); err != nil || action.ID == 0 {
		t.Fatalf("create_invoices: %d %s", a.status, a.body)
	}
	posted := must[bool](r, "account.move", "action_post", object{"ids": []int64{action.ID}})
	if posted {
		t.Error("action_post answers true, Odoo answers false")
	}
	on := object{"active_model": "account.move", "active_ids": []int64{action.ID}}
	wizard := must[[]int64](r, "account.payment.register", "create", object{"vals_list": []any{object{}}, "context": on})
	must[any](r, "account.payment.register", "action_create_payments", object{"ids": wizard, "context": on})
	got := sql[string](r, `select split_part(name, '/', 3) || ' ' || ref || ' ' || invoice_origin || ' ' || state || ' '
		|| amount_total || ' ' || payment_state
		from account_move where id = $1`, action.ID)
	if want := "00001 REF S00001 posted 40 paid"; got != want {
		t.Errorf("invoice: got %s, want %s", got, want)
	}
	if got := sql[float64](r, "select sum(debit) - sum(credit) from account_move_line"); got != 0 {
		t.Errorf("the books are out of balance by %g", got)
	}
	if again := r.invoice(order); again.status != 422 || again.err.Name != "odoo.exceptions.UserError" {
		t.Errorf("invoice again: got %d %s, want a UserError", again.status, again.body)
	}
}

func TestPartialShipment(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(10)
	order, picking := r.confirmed(product, 4)
	line := sql[int64](r, "select id from stock_move_line where picking_id = $1", picking)
	must[bool](r, "stock.move.line", "write", object{"ids": []int64{line}, "vals": object{"quantity": 3, "picked": true}})
	action := must[struct {
		Model string `json:"res_model"`
	}](r, "stock.picking", "button_validate", object{"ids": []int64{picking}})
	if action.Model != "stock.backorder.confirmation" {
		t.Fatalf("validate with less: got %q, want the wizard", action.Model)
	}
	must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{picking}, "context": object{"skip_backorder": true}})
	got := sql[string](r, `select string_agg(p.state || ' ' || m.product_uom_qty, ', ' order by p.id) from stock_picking p
		join stock_move m on m.picking_id = p.id where sale_id = $1`, order)
	if want := "done 3, assigned 1"; got != want {
		t.Errorf("pickings: got %s, want %s", got, want)
	}
	if got := sql[string](r, `select quantity || ' ' || reserved_quantity from stock_quant
		where product_id = $1 and location_id = 8`, product); got != "7 1" {
		t.Errorf("on hand and reserved: got %s, want 7 1", got)
	}
}

func TestShipWithoutStock(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(0)
	_, picking := r.confirmed(product, 1)
	if a := r.json2("stock.picking", "button_validate", object{"ids": []int64{picking}}); a.status != 422 ||
		!strings.Contains(a.err.Message, "Transfer trouble alert!") {
		t.Errorf("got %d %s, want 422 Transfer trouble alert!", a.status, a.body)
	}
	if state := sql[string](r, "select state from stock_picking where id = $1", picking); state != "confirmed" {
		t.Errorf("picking is %s, want confirmed", state)
	}
	// Once there is stock, it can be reserved.
	quant := must[[]int64](r, "stock.quant", "create", object{"context": object{"inventory_mode": true},
		"vals_list": []any{object{"product_id": product, "location_id": 8, "inventory_quantity": 5}}})
	must[any](r, "stock.quant", "action_apply_inventory", object{"ids": quant})
	must[bool](r, "stock.picking", "action_assign", object{"ids": []int64{picking}})
	must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{picking}})
}

func TestPurchaseToReceipt(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(0)
	purchase := must[[]int64](r, "purchase.order", "create", object{"vals_list": []any{object{"partner_id": r.partner(),
		"partner_ref": "PREF", "order_line": []any{[]any{0, 0, object{"product_id": product, "product_qty": 7, "price_unit": 3}}}}}})
	must[bool](r, "purchase.order", "button_confirm", object{"ids": purchase})
	read := must[[]struct {
		Pickings []int64 `json:"picking_ids"`
	}](r, "purchase.order", "read", object{"ids": purchase, "fields": []string{"picking_ids"}})
	if len(read) != 1 || len(read[0].Pickings) != 1 {
		t.Fatalf("receipts: %+v, want one", read)
	}
	must[bool](r, "stock.picking", "button_validate", object{"ids": read[0].Pickings})
	got := must[[]object](r, "product.product", "read", object{"ids": []int64{product},
		"fields": []string{"qty_available", "free_qty", "virtual_available"}})
	want := []object{{"id": float64(product), "qty_available": 7.0, "free_qty": 7.0, "virtual_available": 7.0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stock after the receipt (-want +got):\n%s", diff)
	}
}

func TestBulkMonthEnd(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(100)
	var orders []int64
	for range 5 {
		orders = append(orders, r.order(product, 2))
	}
	must[bool](r, "sale.order", "action_confirm", object{"ids": orders})
	a := r.invoice(orders...)
	var action struct {
		Domain [][]any `json:"domain"`
	}
	if err := json.Unmarshal(a.result, &action); err != nil || len(action.Domain) != 1 {
		t.Fatalf("create_invoices: %d %s", a.status, a.body)
	}
	invoices := action.Domain[0][2]
	must[bool](r, "account.move", "action_post", object{"ids": invoices})
	got := sql[string](r, `select string_agg(split_part(name, '/', 3), ' ' order by name) from account_move
		where state = 'posted'`)
	if want := "00001 00002 00003 00004 00005"; got != want {
		t.Errorf("numbers: got %s, want %s", got, want)
	}
}

func TestImport(t *testing.T) {
	r := newTarget(t, nil)
	type loaded struct {
		IDs      any `json:"ids"`
		Messages []struct{ Type, Message string }
	}
	got := must[loaded](r, "product.product", "load", object{"fields": []string{
		"id", "name", "default_code", "list_price", "is_storable"},
		"data": [][]string{{"", "A", "A1", "2.5", "True"}, {"", "B", "B1", "3", "False"}}})
	ids, ok := got.IDs.([]any)
	if !ok || len(ids) != 2 {
		t.Fatalf("products: %+v", got)
	}
	partner := fmt.Sprint(r.partner())
	fields := []string{"id", "partner_id/.id", "order_line/product_id/.id", "order_line/product_uom_qty"}
	first, second := fmt.Sprint(int64(ids[0].(float64))), fmt.Sprint(int64(ids[1].(float64)))
	got = must[loaded](r, "sale.order", "load", object{"fields": fields,
		"data": [][]string{{"", partner, first, "2"}, {"", "", second, "1"}, {"", partner, second, "5"}}})
	if ids, ok := got.IDs.([]any); !ok || len(ids) != 2 {
		t.Fatalf("orders: %+v", got)
	}
	if lines := sql[int64](r, "select count(*) from sale_order_line"); lines != 3 {
		t.Errorf("lines: got %d, want 3", lines)
	}
	// A bad row refuses all, with status 200.
	got = must[loaded](r, "sale.order", "load", object{"fields": fields,
		"data": [][]string{{"", partner, first, "2"}, {"", partner, "999999", "1"}}})
	if got.IDs != false || len(got.Messages) != 1 || got.Messages[0].Type != "error" {
		t.Errorf("bad row: got %+v, want ids false and a message", got)
	}
	if orders := sql[int64](r, "select count(*) from sale_order"); orders != 2 {
		t.Errorf("orders after a refused import: got %d, want 2", orders)
	}
}

func TestReports(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(100)
	order, _ := r.confirmed(product, 2)
	r.confirmed(product, 3)
	r.invoice(order)
	for model, ask := range map[string][2]string{
		"sale.report": {"date:month", "price_total:sum"}, "stock.move": {"date:month", "product_uom_qty:sum"},
		"account.move.line": {"date:month", "balance:sum"}, "account.invoice.report": {"invoice_date:month", "price_subtotal:sum"},
	} {
		by := []string{ask[0], "product_id"}
		if model == "account.move.line" {
			by[1] = "account_id"
		}
		groups := must[[]object](r, model, "formatted_read_group", object{"domain": []any{}, "groupby": by,
			"aggregates": []string{"__count", ask[1]}})
		if len(groups) == 0 {
			t.Errorf("%s: no groups", model)
		}
		if model == "sale.report" {
			if got := groups[0]["price_total:sum"]; got != 50.0 {
				t.Errorf("sales: got %v, want 50", got)
			}
			if pair, ok := groups[0]["product_id"].([]any); !ok || len(pair) != 2 || pair[1] != "Pallet" {
				t.Errorf("product: got %v, want [id, Pallet]", groups[0]["product_id"])
			}
		}
	}
	page := must[struct {
		Length  int
		Records []object
	}](r, "sale.order", "web_search_read", object{"domain": []any{"|", []any{"state", "=", "sale"},
		[]any{"partner_id.name", "ilike", "zzz"}},
		"specification": object{"name": object{}, "partner_id": object{"fields": object{"display_name": object{}}}},
		"limit":         1})
	if page.Length != 2 || len(page.Records) != 1 {
		t.Fatalf("page: %+v, want 1 of 2", page)
	}
	if partner, ok := page.Records[0]["partner_id"].(object); !ok || partner["display_name"] != "Customer" {
		t.Errorf("partner: got %v", page.Records[0]["partner_id"])
	}
}

// The session API and JSON-2 do the same thing.
func TestBothTransports(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	created := r.rpc("res.partner", "create", nil, []any{object{"name": "By session"}})
	var ids []int64
	if err := json.Unmarshal(created.result, &ids); err != nil || len(ids) != 1 {
		t.Fatalf("create: %s", created.body)
	}
	found := r.rpc("res.partner", "search_read", object{"fields": []string{"name"}, "context": object{}},
		[]any{[]any{"id", "in", ids}})
	want := fmt.Sprintf(`[{"id":%d,"name":"By session"}]`, ids[0])
	if got := strings.ReplaceAll(string(found.result), " : ", ":"); strings.ReplaceAll(got, ", ", ",") != want {
		t.Errorf("search_read: got %s, want %s", got, want)
	}
	if got := must[int](r, "res.partner", "search_count", object{"domain": []any{[]any{"name", "=", "By session"}}}); got != 1 {
		t.Errorf("search_count by key: got %d, want 1", got)
	}
	version := r.post("/web/webclient/version_info", object{}, nil)
	if version.status != http.StatusOK || !strings.Contains(version.body, `"server_version":"19.0"`) {
		t.Errorf("version: %s", version.body)
	}
}
