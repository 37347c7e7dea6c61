package odoo

import "context"

// BatchTransfer ships pickings as one batch (wave): one person collects them in one tour,
// and validates them together. It needs the module stock_picking_batch. Three calls.
func (c *Client) BatchTransfer(ctx context.Context, pickings ...int64) Answer {
	b := c.startCreate("stock.picking.batch")
	b.Raw(`[{"picking_ids":[[6,0,`).IDs(pickings...).Raw(`]]}]`)
	batch, a := c.created(ctx, "stock.picking.batch", 1, "")
	if !a.OK() {
		return a
	}
	c.start("stock.picking.batch", "action_confirm", batch)
	if a = c.send(ctx, "stock.picking.batch", "action_confirm", ""); !a.OK() {
		return a
	}
	c.start("stock.picking.batch", "action_done", batch)
	a = c.send(ctx, "stock.picking.batch", "action_done", validateContext(false))
	return c.validated(ctx, a, pickings, false)
}

// Pack puts what was scanned of a picking into one new package.
func (c *Client) Pack(ctx context.Context, picking int64) Answer {
	c.start("stock.picking", "action_put_in_pack", []int64{picking})
	return c.send(ctx, "stock.picking", "action_put_in_pack", "")
}
