package odoo

import "context"

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
