package odoo

import "context"

// Reserve checks availability for pickings and reserves their stock. On pickings
// that have it reserved already it changes nothing.
func (c *Client) Reserve(ctx context.Context, pickings ...int64) Answer {
	c.start("stock.picking", "action_assign", pickings)
	return c.send(ctx, "stock.picking", "action_assign", "")
}
