package odoo

import "context"

// Pay registers the full payment of a posted invoice: two calls.
func (c *Client) Pay(ctx context.Context, invoice int64) Answer {
	var on Body
	on.Raw(`{"active_model":"account.move","active_ids":`).IDs(invoice).Raw(`}`)
	c.startCreate("account.payment.register").Raw(`[{}]`)
	wizard, a := c.created(ctx, "account.payment.register", 1, view(on.buf))
	if !a.OK() {
		return a
	}
	c.start("account.payment.register", "action_create_payments", wizard)
	return c.send(ctx, "account.payment.register", "action_create_payments", view(on.buf))
}
