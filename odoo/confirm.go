package odoo

import "context"

// Confirm confirms sales orders. Odoo reserves stock for their pickings at once
// where it can.
func (c *Client) Confirm(ctx context.Context, orders ...int64) Answer {
	c.start("sale.order", "action_confirm", orders)
	return c.send(ctx, "sale.order", "action_confirm", "")
}
