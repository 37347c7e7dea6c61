package odoo

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// script answers calls in turn with results, or with an error where one begins so, and keeps
// what was sent.
type script struct {
	results []string
	sent    []string // model.method args kwargs, without kwargs where there are none
}

func (s *script) Do(_ context.Context, x *Exchange) error {
	params := gjson.GetBytes(x.Body, "params")
	s.sent = append(s.sent, strings.TrimSpace(params.Get("model").Str+"."+params.Get("method").Str+" "+
		params.Get("args").Raw+" "+strings.TrimPrefix(params.Get("kwargs").Raw, "{}")))
	next := "true"
	if len(s.results) > 0 {
		next, s.results = s.results[0], s.results[1:]
	}
	x.Status, x.ContentType = 200, "application/json"
	x.Answer = []byte(`{"jsonrpc":"2.0","id":null,"result":` + next + `}`)
	if name, refused := strings.CutPrefix(next, "error "); refused {
		x.Answer = []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":200,"data":{"name":"` + name + `"}}}`)
	}
	return nil
}
func (*script) Close() {}

// older is a client of a version whose server gives the answers.
func older(t *testing.T, major int, answers ...string) (*Client, *script) {
	t.Helper()
	server := &script{results: answers}
	c, err := Dial(Tenant{API: RPC, Dialect: Dialect{Major: major}}, server, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, server
}

func sent(t *testing.T, s *script, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.sent); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// The question whether to move what is reserved, as a real Odoo 14 has it, here of two
// transfers of which one was scanned.
const immediateQuestion = `{"name":"Immediate Transfer?","type":"ir.actions.act_window","view_mode":"form",` +
	`"res_model":"stock.immediate.transfer","views":[[801,"form"]],"view_id":801,"target":"new",` +
	`"context":{"skip_sms":true,"button_validate_picking_ids":[8,9],"default_show_transfers":true,"default_pick_ids":[[4,9]]}}`

// A transfer of which nothing was scanned moves what is reserved: the wizard is answered for the
// transfers that it names, and all are validated.
func TestImmediateTransfer(t *testing.T) {
	for _, major := range []int{14, 15, 16} {
		c, server := older(t, major, immediateQuestion, "[3]", "true", `[{"id":8,"state":"done"},{"id":9,"state":"done"}]`)
		if a := c.ShipPartial(t.Context(), 8, 9); !a.OK() {
			t.Fatal(a.Err())
		}
		sent(t, server,
			`stock.picking.button_validate [[8,9]] {"context":{"skip_backorder":true,"skip_sms":true}}`,
			`stock.immediate.transfer.create [[{"pick_ids":[[6,0,[9]]],"immediate_transfer_line_ids":[[0,0,{"to_immediate":true,"picking_id":9}]]}]]`,
			`stock.immediate.transfer.process [[3]] {"context":{"button_validate_picking_ids":[8,9],"skip_backorder":true,"skip_sms":true}}`,
			`stock.picking.read [[8,9]] {"fields":["state"]}`)
	}
	for what, answers := range map[string][]string{
		"wizard stock.backorder.confirmation":               {immediateQuestion, "[3]", `{"res_model":"stock.backorder.confirmation"}`},
		"wizard confirm.stock.sms":                          {`{"res_model":"confirm.stock.sms"}`},
		"wizard stock.immediate.transfer without transfers": {`{"res_model":"stock.immediate.transfer","context":{}}`},
		"create answered without ids":                       {immediateQuestion, "false"},
	} {
		c, _ := older(t, 14, answers...)
		if a := c.Ship(t.Context(), 8, 9); a.OK() || a.Detail != what {
			t.Errorf("got %s %s, want %s", a.Outcome, a.Detail, what)
		}
	}
	lostInConflict(t)
	c, server := older(t, 19, "true")
	if a := c.Ship(t.Context(), 8); !a.OK() {
		t.Error(a.Err())
	}
	sent(t, server, `stock.picking.button_validate [[8]] {"context":{"skip_sms":true}}`)
}

// Odoo 14 runs a call again without its context after a conflict: it answers true and has moved
// nothing, or puts a question that the context answers. The transfer is validated again.
func lostInConflict(t *testing.T) {
	t.Helper()
	const backorder, still = `{"res_model":"stock.backorder.confirmation"}`, `[{"id":8,"state":"assigned"}]`
	c, server := older(t, 14, immediateQuestion, "[3]", "true", still, backorder, "true")
	if a := c.ShipPartial(t.Context(), 8); !a.OK() || len(server.sent) != 6 || server.sent[4] != server.sent[0] || server.sent[5] != server.sent[0] {
		t.Errorf("%v, calls %q", a.Err(), server.sent)
	}
	c, server = older(t, 14, backorder, backorder, backorder, backorder, "true")
	if a := c.ShipPartial(t.Context(), 8); a.Outcome != results.Concurrency || len(server.sent) != 4 {
		t.Errorf("%s %s after %d calls", a.Outcome, a.Detail, len(server.sent))
	}
	c, server = older(t, 14, immediateQuestion, "[3]", "true", "error psycopg2.OperationalError") // the state cannot be read
	if a := c.Ship(t.Context(), 8); !a.OK() || len(server.sent) != 4 {
		t.Errorf("%v, calls %q", a.Err(), server.sent)
	}
	for _, major := range []int{17, 19} { // there it is a question to the user
		c, _ = older(t, major, backorder)
		if a := c.ShipPartial(t.Context(), 8); a.Outcome != results.UserError {
			t.Errorf("%d: %s", major, a.Outcome)
		}
	}
	c, server = older(t, 14, backorder) // so it is where all was to be shipped: no context answers it
	if a := c.Ship(t.Context(), 8); a.Outcome != results.UserError || len(server.sent) != 1 {
		t.Errorf("%s after %d calls", a.Outcome, len(server.sent))
	}
}

// What the form of a return contains, as a real Odoo 14 answered.
const returnForm = `{"value":{"product_return_moves":[[5],` +
	`[0,0,{"product_id":[4,"Box"],"quantity":2.5,"move_id":[11,"S00005/Stock>Customers"]}],` +
	`[0,0,{"product_id":[5,"Crate"],"quantity":1.0,"move_id":[12,"S00005/Stock>Customers"]}]],"location_id":[8,"WH/Stock"]}}`

func TestReturnOfOlder(t *testing.T) {
	c, server := older(t, 14, returnForm, "[2]", `{"res_id":21}`, "true")
	if a := c.Return(t.Context(), 8); !a.OK() {
		t.Fatal(a.Err())
	}
	const around = `{"context":{"active_model":"stock.picking","active_id":8,"active_ids":[8]}}`
	if !strings.HasPrefix(server.sent[0], "stock.return.picking.onchange [[]] ") {
		t.Errorf("first call %s", server.sent[0])
	}
	server.sent = server.sent[1:]
	sent(t, server, `stock.return.picking.create [[{"picking_id":8,"location_id":8,"product_return_moves":[`+
		`[0,0,{"product_id":4,"quantity":2.5,"move_id":11}],[0,0,{"product_id":5,"quantity":1,"move_id":12}]]}]] `+around,
		`stock.return.picking.create_returns [[2]]`, `stock.picking.button_validate [[21]] {"context":{"skip_sms":true}}`)
	c, _ = older(t, 16, `{"value":{"product_return_moves":[[5]]}}`)
	if a := c.Return(t.Context(), 8); a.Outcome != results.UserError || a.Detail != "nothing to return" {
		t.Errorf("got %s %s", a.Outcome, a.Detail)
	}
}

// Versions up to 16 make one invoice of all orders of a customer: each order is invoiced alone.
func TestInvoiceOfOlder(t *testing.T) {
	action, refs := `{"res_id":71}`, `[{"id":71,"ref":"a"},{"id":73,"ref":"b"}]`
	several := `{"res_id":0,"domain":[["id","in",[72,73]]]}` // the second order has an earlier invoice
	for major, orders := range map[int]string{14: ``, 16: `,"sale_order_ids":[[6,0,[5]]]`} {
		c, server := older(t, major, "[1]", action, "[2]", several, refs)
		invoices, a := c.Invoice(t.Context(), 5, 6)
		if diff := cmp.Diff([]InvoiceRef{{71, "a"}, {73, "b"}}, invoices); diff != "" || !a.OK() {
			t.Errorf("%d: %v %s", major, a.Err(), diff)
		}
		const around = `{"context":{"active_model":"sale.order","active_id":5,"active_ids":[5],"open_invoices":true}}`
		want := []string{
			`sale.advance.payment.inv.create [[{"advance_payment_method":"delivered"` + orders + `}]] ` + around,
			`sale.advance.payment.inv.create_invoices [[1]] ` + around,
		}
		if diff := cmp.Diff(want, server.sent[:2]); diff != "" || len(server.sent) != 5 {
			t.Errorf("%d: %d calls (-want +got):\n%s", major, len(server.sent), diff)
		}
	}
	// A refusal of the second order is none of the first, which is invoiced.
	const refusal = "odoo.exceptions.UserError"
	const due, invoiced = `[{"id":6,"invoice_status":"to invoice"}]`, `[{"id":6,"invoice_status":"invoiced"}]`
	half, _ := older(t, 14, "[1]", action, "[2]", "error "+refusal, invoiced)
	if _, a := half.Invoice(t.Context(), 5, 6); a.Outcome != results.ServerError || a.Detail != refusal+", after 1 of 2 orders were invoiced" {
		t.Errorf("the second order refused: %s %s", a.Outcome, a.Detail)
	}
	none, server := older(t, 14, "[1]", "error "+refusal, invoiced)
	if _, a := none.Invoice(t.Context(), 5, 6); a.Outcome != results.UserError || a.Detail != refusal {
		t.Errorf("the first order refused: %s %s", a.Outcome, a.Detail)
	}
	sent(t, server, server.sent[0], server.sent[1], `sale.order.read [[5]] {"fields":["invoice_status"]}`)
	// Nor is a call that lost its orders in a conflict: the order can be invoiced still, and is.
	lost, server := older(t, 14, "[1]", "error "+refusal, due, action, refs)
	if got, a := lost.Invoice(t.Context(), 5); !a.OK() || len(got) != 1 || len(server.sent) != 5 || server.sent[3] != server.sent[1] {
		t.Errorf("%v %v, calls %q", a.Err(), got, server.sent)
	}
	never, server := older(t, 15, "[1]", "error "+refusal, due, "error "+refusal, due, "error "+refusal, due, "error "+refusal, due)
	if _, a := never.Invoice(t.Context(), 5); a.Outcome != results.UserError || len(server.sent) != 8 {
		t.Errorf("%s after %d calls", a.Outcome, len(server.sent))
	}
	c, server := older(t, 17, "[1]", `{"domain":[["id","in",[72,73]]]}`, refs)
	if _, a := c.Invoice(t.Context(), 5, 6); !a.OK() || len(server.sent) != 3 {
		t.Errorf("17: %v, %d calls, want 3", a.Err(), len(server.sent))
	}
}

// Each call in the words of each version.
func TestWordsOfOlder(t *testing.T) {
	call := func(major int, do func(*Client), answers ...string) []string {
		c, server := older(t, major, answers...)
		do(c)
		return server.sent
	}
	stock := func(c *Client) { c.SetStock(t.Context(), 8, 5, 4) }
	if got := call(14, stock, "[9]"); len(got) != 1 {
		t.Errorf("a count of 14: %q, want it applied at once", got)
	}
	if got := call(15, stock, "[9]"); len(got) != 2 || got[1] != "stock.quant.action_apply_inventory [[9]]" {
		t.Errorf("a count of 15: %q", got)
	}
	empty := func(c *Client) { c.Empty(t.Context(), 4) }
	quants := `[{"id":7},{"id":9}]`
	if got := call(14, empty, quants); len(got) != 3 || !strings.HasPrefix(got[1], "stock.quant.write [[7]] ") ||
		!strings.HasPrefix(got[2], "stock.quant.write [[9]] ") {
		t.Errorf("emptying of 14: %q, want each alone", got)
	}
	if got := call(15, empty, quants); len(got) != 3 || !strings.HasPrefix(got[1], "stock.quant.write [[7,9]] ") {
		t.Errorf("emptying of 15: %q", got)
	}
	put := func(c *Client) { c.PutAway(t.Context(), "r", 30, []Line{{Product: 4, Quantity: 2}}) }
	kind := `[{"id":5,"default_location_src_id":[8,"Stock"],"default_location_dest_id":[8,"Stock"]}]`
	fifteen := call(15, put, kind, `[{"id":4,"uom_id":[1,"Units"]}]`, "[40]")
	if want := `stock.picking.create [[{"picking_type_id":5,"origin":"r","location_id":8,"location_dest_id":30,"move_lines":[[0,0,` +
		`{"product_id":4,"product_uom_qty":2,"name":"r","product_uom":1,"location_id":8,"location_dest_id":30}]]}]]`; fifteen[2] != want {
		t.Errorf("a transfer of 15:\n got %s\nwant %s", fifteen[2], want)
	}
	sixteen := call(16, put, kind, "[40]")
	if !strings.Contains(sixteen[1], `"move_ids":[[0,0,{"product_id":4,"product_uom_qty":2,"name":"r","location_id":8`) {
		t.Errorf("a transfer of 16: %s", sixteen[1])
	}
	file := func(c *Client) {
		c.ImportFile(t.Context(), "res.partner", "f.csv", []string{"name"}, [][]string{{"a"}})
	}
	for major, want := range map[int]string{14: `"headers":true`, 15: `"has_headers":true`} {
		got := call(major, file, "[1]", `{"ids":[1]}`)[1]
		if !strings.Contains(got, want) || strings.HasPrefix(got, "base_import.import.do ") != (major == 14) {
			t.Errorf("import of %d: %s", major, got)
		}
	}
	for major, want := range map[int]string{14: "load_views", 15: "load_views", 16: "get_views"} {
		if got := call(major, func(c *Client) { c.Views(t.Context(), "res.partner") })[0]; !strings.HasPrefix(got, "res.partner."+want+" ") {
			t.Errorf("views of %d: %s", major, got)
		}
	}
	for major, want := range map[int]string{14: "product_uom_qty", 15: "product_uom_qty", 16: "reserved_uom_qty", 17: "quantity"} {
		if got := (Dialect{Major: major}).expectedField(); got != want {
			t.Errorf("expected quantity of %d: %s, want %s", major, got, want)
		}
	}
	supported := slices.DeleteFunc([]int{13, 14, 15, 16, 17, 18, 19, 20}, func(m int) bool { return !Dialect{Major: m}.Supported() })
	if diff := cmp.Diff([]int{14, 15, 16, 17, 18, 19}, supported); diff != "" {
		t.Error(diff)
	}
}

// Without its database Odoo 14 answers a call with an error in JSON: it has no route then.
func TestNoDatabaseOfFourteen(t *testing.T) {
	x := &Exchange{Status: 404, ContentType: "application/json", Answer: []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":404,` +
		`"message":"404: Not Found","data":{"name":"werkzeug.exceptions.NotFound","debug":"","message":"404 Not Found","arguments":[],"context":{}}}}`)}
	if v := Classify(x, nil, RPC); v.Outcome != results.NoDatabase {
		t.Errorf("got %s %s", v.Outcome, v.Detail)
	}
}
