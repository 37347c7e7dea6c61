package odoo

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"
)

// OrderState reads the state of the order with a reference; empty when none is found.
func (c *Client) OrderState(ctx context.Context, ref string) (string, Answer) {
	b := c.start("sale.order", "search_read", nil)
	b.Key("domain").Raw(`[["client_order_ref","=",`).Str(ref).Raw(`]]`)
	b.Key("fields").Raw(`["state"]`)
	a := c.send(ctx, "sale.order", "search_read", "")
	if !a.OK() {
		return "", a
	}
	return a.JSON().Get("0.state").String(), a
}

// OrderStates reads the state of each of the orders that is there, by id.
func (c *Client) OrderStates(ctx context.Context, orders ...int64) (map[int64]string, Answer) {
	b := c.start("sale.order", "search_read", nil)
	b.Key("domain").Raw(`[["id","in",`).IDs(orders...).Raw(`]]`)
	b.Key("fields").Raw(`["id","state"]`)
	a := c.send(ctx, "sale.order", "search_read", "")
	if !a.OK() {
		return nil, a
	}
	states := map[int64]string{}
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		states[r.Get("id").Int()] = strings.Clone(r.Get("state").Str)
		return true
	})
	return states, a
}
