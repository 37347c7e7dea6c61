package odoo

import "context"

// Scan records that quantity was picked on each of the move lines.
func (c *Client) Scan(ctx context.Context, quantity float64, moveLines ...int64) Answer {
	b := c.start("stock.move.line", "write", moveLines).Key("vals")
	b.Raw(`{"` + c.tenant.Dialect.doneField() + `":`).Float(quantity)
	if c.tenant.Dialect.picked() {
		b.Raw(`,"picked":true`)
	}
	b.Raw(`}`)
	return c.send(ctx, "stock.move.line", "write", "")
}
