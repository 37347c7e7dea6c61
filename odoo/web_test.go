package odoo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The web client's calls in the words of two versions.
func TestWebBodies(t *testing.T) {
	body := func(major int, do func(*Client)) string {
		c, err := Dial(Tenant{API: RPC, Dialect: Dialect{Major: major}}, recording{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		do(c)
		return string(c.exchange.Body)
	}
	call := func(model, method, args, named string) string {
		return `{"jsonrpc":"2.0","method":"call","params":{"model":"` + model + `","method":"` + method + `","args":` + args +
			`,"kwargs":{` + named + `}}}`
	}
	list := func(c *Client) { c.OpenList(t.Context(), "account.move", `[["state","=","posted"]]`) }
	form := func(c *Client) { c.OpenForm(t.Context(), "res.partner", 7) }
	cancel := func(c *Client) { c.Cancel(t.Context(), 3) }
	for name, c := range map[string]struct{ got, want string }{
		"list of 19": {body(19, list), call("account.move", "web_search_read", "[]", `"domain":[["state","=","posted"]],`+
			`"specification":{"name":{},"partner_id":{"fields":{"display_name":{}}},"invoice_date":{},"state":{},"amount_total":{},`+
			`"payment_state":{}},"limit":80`)},
		"list of 16": {body(16, list), call("account.move", "web_search_read", "[]", `"domain":[["state","=","posted"]],`+
			`"fields":["name","partner_id","invoice_date","state","amount_total","payment_state"],"limit":80`)},
		"form of 19":   {body(19, form), call("res.partner", "web_read", "[[7]]", `"specification":{"display_name":{}}`)},
		"form of 16":   {body(16, form), call("res.partner", "read", "[[7]]", `"fields":["display_name"]`)},
		"cancel of 19": {body(19, cancel), call("sale.order", "action_cancel", "[[3]]", "")},
		"cancel of 18": {body(18, cancel), call("sale.order", "action_cancel", "[[3]]", `"context":{"disable_cancel_warning":true}`)},
		"name": {body(19, func(c *Client) { c.SearchName(t.Context(), "product.product", "WID") }),
			call("product.product", "name_search", "[]", `"name":"WID","limit":8`)},
		"note": {body(19, func(c *Client) { c.Message(t.Context(), "stock.picking", 4, "at the door") }),
			call("stock.picking", "message_post", "[[4]]", `"body":"at the door"`)},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
