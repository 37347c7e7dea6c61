package odoo

import (
	"context"

	"example.org/odooharness/results"
)

// Ship validates pickings whose stock is reserved: the goods have left.
func (c *Client) Ship(ctx context.Context, pickings ...int64) Answer {
	return c.validate(ctx, pickings, false)
}

// ShipPartial validates pickings of which less was scanned than ordered; what is
// missing stays in a backorder.
func (c *Client) ShipPartial(ctx context.Context, pickings ...int64) Answer {
	return c.validate(ctx, pickings, true)
}

func (c *Client) validate(ctx context.Context, pickings []int64, backorder bool) Answer {
	c.start("stock.picking", "button_validate", pickings)
	a := c.send(ctx, "stock.picking", "button_validate", c.tenant.Dialect.validateContext(backorder))
	if !a.OK() {
		return a
	}
	// An action instead of true is a wizard that asks something: nothing was shipped.
	if action := a.JSON(); action.IsObject() && action.Get("res_model").Exists() {
		return a.fail(results.UserError, "wizard "+action.Get("res_model").String())
	}
	return a
}
