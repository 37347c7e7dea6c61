package odoo

import "context"

// Post posts invoices: each takes the next number of its journal's sequence.
func (c *Client) Post(ctx context.Context, invoices ...int64) Answer {
	c.start("account.move", "action_post", invoices)
	return c.send(ctx, "account.move", "action_post", "")
}
