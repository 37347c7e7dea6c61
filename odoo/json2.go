package odoo

import "context"

// checkKey makes the cheapest call that needs a valid key.
func (c *Client) checkKey(ctx context.Context) Answer {
	c.start("res.users", "context_get", nil)
	return c.send(ctx, "res.users", "context_get", "")
}
