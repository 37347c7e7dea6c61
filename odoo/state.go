package odoo

import "context"

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
