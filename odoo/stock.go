package odoo

import "context"

// Stock reads what is on hand, free and forecast of products. It returns the
// number of products found.
func (c *Client) Stock(ctx context.Context, products ...int64) (int, Answer) {
	b := c.start("product.product", "read", products)
	b.Key("fields").Raw(`["qty_available","free_qty","virtual_available"]`)
	a := c.send(ctx, "product.product", "read", "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("#").Int()), a
}
