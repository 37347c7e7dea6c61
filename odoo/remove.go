package odoo

import "context"

// Cancel cancels sales orders. Odoo refuses what has been shipped or is locked.
func (c *Client) Cancel(ctx context.Context, orders ...int64) Answer {
	c.start("sale.order", "action_cancel", orders)
	return c.send(ctx, "sale.order", "action_cancel", "")
}

// Unlink deletes records for good.
func (c *Client) Unlink(ctx context.Context, model string, ids ...int64) Answer {
	c.start(model, "unlink", ids)
	return c.send(ctx, model, "unlink", "")
}

// Archive hides records that other documents still need.
func (c *Client) Archive(ctx context.Context, model string, ids ...int64) Answer {
	c.start(model, "write", ids).Key("vals").Raw(`{"active":false}`)
	return c.send(ctx, model, "write", "")
}
